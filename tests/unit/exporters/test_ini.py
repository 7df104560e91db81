# SPDX-License-Identifier: Apache-2.0
"""One section changes; every other byte stays, and botocore reads the result as we meant it."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import assume, example, given
from hypothesis import strategies as st

from okta_aws.exporters import ini
from okta_aws.exporters.profile import config_section

DEV = re.compile("dev")
SETTINGS = {"aws_access_key_id": "TESTKEYID", "aws_secret_access_key": "a/b+c==#;%"}
LINES = """\
[other]|[profile dev]|[ spaced ]|  [indented]|[x] # comment|[broken|[two] [three]|    [dev]|\ufeff[bom]
region = eu-central-1|  region=us-east-1|s3 =|   max_concurrent_requests = 20|\taddressing_style = path|k: v|a = b\x0cc
# comment|; [dev]|  # indented||   |junk|é = ü""".replace("\n", "|").split("|")
endings = st.sampled_from(["\n", "\r\n", "\r"])
line = st.one_of(st.sampled_from(LINES), st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12))


@st.composite
def ini_texts(draw: st.DrawFn) -> str:
    ending = draw(endings)
    text = "".join(one + ending for one in draw(st.lists(line, max_size=12)))
    return text + draw(st.sampled_from(["", "[last]", "key = value", "  ", "# end"]))


def everything(_found: object) -> bool:
    return True


@given(ini_texts())
@example("")
@example("\n")
@example("[a]\nb = c")
@example("[a]\r\nb = c\r\n\r\n\r\n")
@example("[a]\n[dev\n")
def test_what_is_added_comes_off_without_a_trace(text: str) -> None:
    assume(not ini.settings_of(text, DEV))
    after = ini.put(text, "dev", DEV, SETTINGS)
    assert after.startswith(text)
    assert ini.settings_of(after, DEV) == [SETTINGS]
    assert ini.remove(after, DEV, everything) == text


@given(ini_texts())
def test_two_sections_come_off_in_either_order(text: str) -> None:
    one, two = re.compile("one"), re.compile("two2")
    assume(not ini.settings_of(text, one) and not ini.settings_of(text, two))
    both = ini.put(ini.put(text, "one", one, SETTINGS), "two2", two, SETTINGS)
    assert ini.remove(ini.remove(both, one, everything), two, everything) == text
    assert ini.remove(ini.remove(both, two, everything), one, everything) == text


@given(ini_texts(), ini_texts())
def test_replacing_a_section_leaves_all_others(before: str, after: str) -> None:
    text = f"{before}\n[dev]\nregion = old\n# kept\nsecret = old\n\n[after]\n{after}"
    assume(len(ini.settings_of(text, DEV)) == 1)
    replaced = ini.put(text, "dev", DEV, SETTINGS)
    assert ini.settings_of(replaced, DEV) == [SETTINGS]
    assert replaced.startswith(before)
    assert replaced.endswith(f"# kept\n\n[after]\n{after}")


@given(ini_texts())
def test_what_botocore_can_read_it_can_read_afterwards_and_finds_our_section(text: str) -> None:
    before = botocore_reads(text)
    assume(before is not None and "dev" not in before)
    assume(not ini.settings_of(text, DEV))
    after = botocore_reads(ini.put(text, "dev", DEV, SETTINGS))
    assert after == {**(before or {}), "dev": SETTINGS}


def botocore_reads(text: str) -> dict[str, dict[str, str]] | None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "credentials"
        file.write_bytes(text.encode())
        try:
            return dict(raw_config_parse(str(file), parse_subsections=False))
        except (ConfigParseError, UnicodeError):
            return None


# Only lines that botocore takes, so that most examples count.
VALID = [one for one in LINES if "=" in one or ":" in one or one.strip()[:1] in {"#", ";", ""}]
valid_texts = st.lists(st.sampled_from([*VALID, "[one]", "  [two]", "    [three]", "\t[four]"]), max_size=8).map(
    lambda lines: "\n".join(["[first]", *lines])
)


@given(st.one_of(ini_texts(), valid_texts))
@example("[a]\n  k = v\n  [b]\nx = y\n")
@example("[a]\nk = v\n  [b]\nx = y\n")
@example("[a]\nk = v\x0c[b]\nx = y\u2028[c]\n")
@example("[a]\nk = v\n[]]\nx = y\n")
def test_sections_are_those_that_botocore_sees(text: str) -> None:
    seen = botocore_reads(text)
    assume(seen is not None and "[DEFAULT]" not in text)
    # Where a name ends is a matter of taste for headers with several brackets; where a section ends is not.
    found = ini.settings_of(text, re.compile(".*"))
    assert [settings.keys() for settings in found] == [settings.keys() for settings in (seen or {}).values()]


def test_comments_order_and_line_ends_stay() -> None:
    text = (
        "# mine\r\n[b]\r\nx = 1\r\n\r\n; about dev\r\n[dev] \r\n# inside\r\nold = 1\r\n  more\r\n# about a\r\n[a]\r\n"
    )
    assert ini.put(text, "dev", DEV, {"k": "v"}) == (
        "# mine\r\n[b]\r\nx = 1\r\n\r\n; about dev\r\n[dev] \r\nk = v\r\n# inside\r\n# about a\r\n[a]\r\n"
    )


def test_a_second_section_of_the_name_goes_when_the_first_is_replaced() -> None:
    text = "[dev]\nold = 1\n[a]\nx = 1\n[dev]\nold = 2\n# end\n"
    assert ini.put(text, "dev", DEV, {"k": "v"}) == "[dev]\nk = v\n[a]\nx = 1\n# end\n"


def test_a_header_that_only_other_tools_take_for_ours_is_made_clear() -> None:
    assert ini.put("[ dev ] # see [x]\nold = 1", "dev", DEV, {"k": "v"}) == "[dev]\nk = v\n"


def test_only_the_section_that_is_ours_goes() -> None:
    text = "[dev]\nk = theirs\n\n[dev]\nk = ours\n"
    assert ini.remove(text, DEV, lambda found: found["k"] == "ours") == "[dev]\nk = theirs\n"


def test_comments_below_a_section_stay_when_it_goes() -> None:
    assert ini.remove("[dev]\nk = v\n\n# about a\n[a]\n", DEV, everything) == "\n# about a\n[a]\n"


@pytest.mark.parametrize(
    "settings", [{"k": "v\n[evil]"}, {"k": "v\r"}, {"k": "v\u2028"}, {"k": " v"}, {"k": ""}, {"k\n": "v"}, {"k=": "v"}]
)
def test_a_setting_that_would_leave_its_line_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="does not fit on one line"):
        ini.put("", "dev", DEV, settings)


@pytest.mark.parametrize("name", ["a]", "[a", "a\nb", "", " a", "a;b", "a#b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="section name"):
        ini.put("", name, DEV, SETTINGS)


@pytest.mark.parametrize("header", ["profile dev", "profile  dev", "profile\tdev", 'profile "dev"', "profile 'dev'"])
def test_every_spelling_of_a_profile_in_the_config_file_is_known(tmp_path: Path, header: str) -> None:
    file = tmp_path / "config"
    file.write_text(f"[{header}]\nregion = x\n")
    assert "dev" in load_config(str(file))["profiles"]
    assert ini.settings_of(file.read_text(), config_section("dev").spellings) == [{"region": "x"}]


@pytest.mark.parametrize("header", ["dev", "profile dev2", "profile", "profiledev", "sso-session dev"])
def test_what_is_no_such_profile_is_left_alone(header: str) -> None:
    assert ini.settings_of(f"[{header}]\nregion = x\n", config_section("dev").spellings) == []


@pytest.mark.parametrize("header", ["default", "profile default"])
def test_the_default_profile_has_two_names(header: str) -> None:
    assert ini.settings_of(f"[{header}]\nregion = x\n", config_section("default").spellings) == [{"region": "x"}]
