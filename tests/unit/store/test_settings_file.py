# SPDX-License-Identifier: Apache-2.0
"""Where ``okta-aws.toml`` is looked for, and when it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from okta_aws.errors import SettingsError
from okta_aws.store.settings_file import locate, read


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    folder = tmp_path / "okta-aws"
    folder.mkdir(mode=0o755)
    path = folder / "okta-aws.toml"
    path.write_text("[default]\n")
    path.chmod(0o644)
    return path


@pytest.mark.parametrize(
    ("named", "environ", "found"),
    [
        ("/a/b.toml", {"OKTA_AWS_CONFIG": "/c.toml", "HOME": "/home/me"}, "/a/b.toml"),
        ("", {"OKTA_AWS_CONFIG": "/c.toml", "HOME": "/home/me"}, "/c.toml"),
        ("", {"HOME": "/home/me"}, "/home/me/.config/okta-aws/okta-aws.toml"),
        ("", {"HOME": "/home/me", "XDG_CONFIG_HOME": "/x"}, "/x/okta-aws/okta-aws.toml"),
        ("", {"HOME": "/home/me", "XDG_CONFIG_HOME": "x"}, "/home/me/.config/okta-aws/okta-aws.toml"),
        ("", {"HOME": "here"}, ""),
        ("", {}, ""),
    ],
)
def test_it_is_never_the_working_directorys_by_itself(named: str, environ: dict[str, str], found: str) -> None:
    assert locate(named, environ) == found


def test_what_is_ours_is_read(toml: Path) -> None:
    assert read(str(toml), is_named=False) == "[default]\n"


@pytest.mark.parametrize("place", ["file", "folder"])
@pytest.mark.parametrize("mode", [0o666, 0o646, 0o1777])
def test_what_others_may_write_is_refused(toml: Path, place: str, mode: int) -> None:
    (toml if place == "file" else toml.parent).chmod(mode | (0o100 if place == "folder" else 0))
    with pytest.raises(SettingsError) as raised:
        read(str(toml), is_named=False)
    assert raised.value.code == "unsafe-file"
    assert "others may write" in raised.value.headline()
    assert "chmod go-w" in raised.value.headline()


def test_a_link_is_followed_and_both_ends_are_looked_at(toml: Path, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    link = dotfiles / "okta-aws.toml"
    link.symlink_to(toml)
    assert read(str(link), is_named=False)
    dotfiles.chmod(0o777)
    with pytest.raises(SettingsError, match="others may write"):
        read(str(link), is_named=False)
    dotfiles.chmod(0o755)
    toml.parent.chmod(0o777)
    with pytest.raises(SettingsError, match="others may write"):
        read(str(link), is_named=False)


def test_none_is_fine_unless_it_was_named(tmp_path: Path) -> None:
    path = str(tmp_path / "none.toml")
    assert read(path, is_named=False) is None
    with pytest.raises(SettingsError, match="no such file"):
        read(path, is_named=True)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * (1 << 20 | 1)])
def test_what_is_no_small_text_is_refused(toml: Path, content: bytes) -> None:
    toml.write_bytes(content)
    with pytest.raises(SettingsError, match="a file that can be read"):
        read(str(toml), is_named=False)


def test_a_folder_in_its_place_is_refused(toml: Path) -> None:
    toml.unlink()
    toml.mkdir()
    with pytest.raises(SettingsError, match="a file that can be read"):
        read(str(toml), is_named=False)
