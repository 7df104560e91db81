# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.tokens import unsigned_jwt
from okta_aws.errors import SourceError, TokenError
from okta_aws.secret import Secret
from okta_aws.sources.given import GivenFile, GivenValue


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "token"


def _refused(path: Path) -> SourceError:
    with pytest.raises(SourceError) as refused:
        GivenFile(str(path)).fetch()
    assert (refused.value.code, refused.value.exit_status) == ("token-file", 3)
    assert str(path) in refused.value.doing
    assert refused.value.fix
    return refused.value


def test_a_value_is_the_token() -> None:
    text = unsigned_jwt(sub="s")
    token = GivenValue(Secret(text)).fetch()
    assert token is not None
    assert token.text.reveal() == text


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c"])
def test_a_value_that_is_no_token_is_a_token_error(text: str) -> None:
    with pytest.raises(TokenError):
        GivenValue(Secret(text)).fetch()


@pytest.mark.parametrize("around", ["{}", "{}\n", "\n {} \r\n"])
def test_the_token_is_what_the_file_holds(file: Path, around: str) -> None:
    text = unsigned_jwt(sub="s")
    file.write_text(around.format(text))
    token = GivenFile(str(file)).fetch()
    assert token is not None
    assert token.text.reveal() == text


def test_the_file_is_read_anew_each_time(file: Path) -> None:
    source = GivenFile(str(file))
    for subject in ("first", "second"):
        file.write_text(unsigned_jwt(sub=subject))
        token = source.fetch()
        assert token is not None
        assert token.subject == subject


def test_a_file_that_is_not_there_says_what_the_docker_form_sees(file: Path) -> None:
    error = _refused(file)
    assert error.found == "no such file or directory"
    assert any("Docker form" in step for step in error.fix)


def test_a_symbolic_link_is_not_followed(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(unsigned_jwt())
    file.symlink_to(other)
    assert _refused(file).found == "a symbolic link"


def test_a_directory_is_no_file_and_its_descriptor_is_not_kept(file: Path) -> None:
    file.mkdir()
    before = len(os.listdir("/proc/self/fd"))
    assert _refused(file).found == "is a directory"
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(file: Path) -> None:
    os.mkfifo(file)
    assert _refused(file).found == "not a regular file"


def test_a_device_is_no_file() -> None:
    assert _refused(Path("/dev/zero")).found == "not a regular file"


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"\xff\xfe", b"{}", b"-----BEGIN"])
def test_a_file_without_a_token_is_a_token_error_that_does_not_quote_it(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(TokenError) as refused:
        GivenFile(str(file)).fetch()
    assert "BEGIN" not in "".join(refused.value.lines())


def test_a_huge_file_is_too_long_and_not_read_whole(file: Path) -> None:
    with file.open("wb") as handle:
        handle.truncate(1 << 40)
    with pytest.raises(TokenError) as refused:
        GivenFile(str(file)).fetch()
    assert refused.value.code == "token-too-long"


@pytest.mark.parametrize("path", ["/var/run/secrets/../../../{}/token", "/var/run/secretsX/../../..{}/token"])
def test_no_way_around_leads_through_the_kubelets_folder(file: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "other").write_text(unsigned_jwt())
    file.symlink_to(tmp_path / "other")
    with pytest.raises(SourceError):
        GivenFile(path.format(tmp_path)).fetch()


def test_the_tokens_that_the_kubelet_swaps_by_links_are_read(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "token").write_text(unsigned_jwt(sub="pod"))
    link = tmp_path / "token"
    link.symlink_to("..data/token")
    token = GivenFile(str(link), kubelet_root=f"{tmp_path}/").fetch()
    assert token is not None
    assert token.subject == "pod"


def test_a_given_source_never_needs_to_say_why_not() -> None:
    assert GivenValue(Secret("")).why_not() == GivenFile("").why_not() == ""
