from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ModelFileSplit, ModelNameInvalid, ModelNotDeleted, ModelNotHere
from models.model_folder import ModelFolder, gguf_files, hub_name, local_name

NAME = "owner/tiny-GGUF/tiny.Q8_0.gguf"


def put(path: Path, content: bytes = b"GGUF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("repository", "file"),
    [
        ("owner", "tiny.gguf"),
        ("owner/name/more", "tiny.gguf"),
        ("../name", "tiny.gguf"),
        ("owner/..", "tiny.gguf"),
        ("owner/.hidden", "tiny.gguf"),
        ("owner/a--b", "tiny.gguf"),
        ("owner/na me", "tiny.gguf"),
        ("owner/ñ", "tiny.gguf"),
        ("/owner", "tiny.gguf"),
        ("", "tiny.gguf"),
        ("owner/name", ""),
        ("owner/name", ".gguf"),
        ("owner/name", "tiny.bin"),
        ("owner/name", "/tiny.gguf"),
        ("owner/name", "../tiny.gguf"),
        ("owner/name", "a/../../tiny.gguf"),
        ("owner/name", "a//tiny.gguf"),
        ("owner/name", "a\\tiny.gguf"),
        ("owner/name", "c:tiny.gguf"),
        ("owner/name", "con.gguf"),
        ("owner/name", "COM1/tiny.gguf"),
        ("owner/name", ".tiny.gguf"),
        ("owner/name", "tiny\n.gguf"),
        ("owner/name", "tiny\u202e.gguf"),
        ("owner/name", "e\u0301.gguf"),
        ("owner/name", "\ud800.gguf"),
        ("owner/name", "a/b/c/d/e/tiny.gguf"),
        ("owner/name", "x" * 200 + ".gguf"),
    ],
)
def test_a_name_that_may_not_become_a_path_is_refused(repository: str, file: str) -> None:
    with pytest.raises(ModelNameInvalid):
        hub_name(repository, file)


def test_a_file_in_parts_is_named_as_such() -> None:
    with pytest.raises(ModelFileSplit):
        hub_name("owner/name", "big-00001-of-00003.gguf")


@given(st.text(), st.text())
def test_whatever_is_asked_for_stays_in_the_folder(repository: str, file: str) -> None:
    folder = ModelFolder(Path("/models"))
    try:
        place = folder.place(hub_name(repository, f"{file}.gguf"))
    except (ModelNameInvalid, ModelFileSplit):
        return
    assert place.resolve().is_relative_to("/models")
    assert len(place.relative_to("/models").parts) >= 3


def test_a_file_of_this_machine_keeps_its_name_in_the_form_that_all_systems_share() -> None:
    assert local_name(Path("/home/ana/Mi peque\u006e\u0303o modelo (1).gguf")) == "local/Mi pequeño modelo (1).gguf"


def test_models_and_what_is_not_whole_are_told_apart(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    assert folder.models() == folder.unfinished() == []
    put(folder.place(NAME), b"GGUF....")
    put(folder.part("owner/tiny-GGUF/sub/other.gguf", "ABCDEF0123456789more"))
    put(tmp_path / "owner" / "tiny-GGUF" / "notes.txt")
    put(tmp_path / "stray.gguf")
    put(tmp_path / "owner" / "tiny-GGUF" / "big-00001-of-00002.gguf")
    assert [(model.name, model.num_bytes) for model in folder.models()] == [(NAME, 8)]
    assert [(model.name, model.num_bytes) for model in folder.unfinished()] == [("owner/tiny-GGUF/sub/other.gguf", 4)]


def test_a_model_is_found_by_its_name(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    with pytest.raises(ModelNotHere):
        folder.path(NAME)
    place = put(folder.place(NAME))
    assert folder.path(NAME) == place
    with pytest.raises(ModelNameInvalid):
        folder.path("../../etc/passwd.gguf")


def test_deleting_leaves_nothing_of_a_model_and_all_of_the_others(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path / "models")
    other = put(folder.place("owner/other/tiny.Q8_0.gguf"))
    put(folder.place(NAME))
    put(folder.part(NAME, "0123456789abcdef"))
    put(folder.part(NAME, "fedcba9876543210"))
    put(folder.lock(NAME))
    folder.delete(NAME)
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == [other]
    assert not (tmp_path / "models" / "owner" / "tiny-GGUF").exists()
    with pytest.raises(ModelNotHere):
        folder.delete(NAME)


def test_the_folder_itself_outlives_its_last_model(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path / "models")
    put(folder.place(NAME))
    folder.delete(NAME)
    assert folder.folder.is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no links without rights")
def test_a_link_out_of_the_folder_is_cut_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path / "models")
    outside = put(tmp_path / "outside" / "sub" / "theirs.gguf")
    folder.place(NAME).parent.mkdir(parents=True)
    folder.place(NAME).symlink_to(outside)
    (folder.folder / "owner" / "linked").symlink_to(tmp_path / "outside", target_is_directory=True)
    assert [model.name for model in folder.models()] == [NAME]
    folder.delete(NAME)
    assert outside.exists()


def test_what_cannot_be_deleted_is_said(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    put(folder.place(NAME))
    folder.lock(NAME).mkdir()  # nothing that can be unlinked
    with pytest.raises(ModelNotDeleted):
        folder.delete(NAME)


def test_a_folder_of_this_machine_is_searched_for_whole_models(tmp_path: Path) -> None:
    for name in ("b.gguf", "a/deep/Model.GGUF", "a/big-00001-of-00002.gguf", "a/notes.txt", ".cache/hidden.gguf"):
        put(tmp_path / name)
    assert [model.name for model in gguf_files(tmp_path)] == ["b.gguf", "a/deep/Model.GGUF"]
    assert gguf_files(tmp_path / "nowhere") == []
