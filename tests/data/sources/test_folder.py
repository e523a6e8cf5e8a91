import os

import numpy as np
import pytest
from PIL import Image

from keras_gans.data.errors import DataError, Unreadable
from keras_gans.data.sources.folder import FolderSource


def fill(folder, *paths):
    for k, path in enumerate(paths):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (k, k, k)).save(folder / path)


def test_any_depth_sorted(tmp_path):
    fill(tmp_path, "z.png", "a/b/c/d.jpg", "B.PNG", "a/x.webp", "y.bmp")
    source = FolderSource(tmp_path)
    assert source.files == ["B.PNG", "a/b/c/d.jpg", "a/x.webp", "y.bmp", "z.png"]
    assert source.labels is None and source.class_names is None
    assert source.pixels(0).tolist() == np.full((4, 4, 3), 2).tolist()


def test_classes_are_sub_folders(tmp_path):
    fill(tmp_path, "dog/1.png", "cat/1.png", "cat/more/2.png")
    source = FolderSource(tmp_path)
    assert source.class_names == ["cat", "dog"] and source.labels.tolist() == [0, 0, 1]
    assert source.select([2, 0]).labels.tolist() == [1, 0] and source.select([2, 0]).files[0] == "dog/1.png"


def test_one_sub_folder_is_no_class(tmp_path):
    fill(tmp_path, "all/1.png", "all/2.png")
    assert FolderSource(tmp_path).labels is None


def test_what_is_left_alone(tmp_path):
    fill(tmp_path, "1.png", ".hidden.png", ".git/2.png", "__MACOSX/3.png")
    (tmp_path / "notes.txt").write_text("notes")
    source = FolderSource(tmp_path)
    assert source.files == ["1.png"] and source.notes == ["1 file of other kinds left alone"]


def test_names_of_every_kind(tmp_path):
    names = ["with space.png", "emoji \U0001f600.png", "new\nline.png"]
    fill(tmp_path, *names)
    source = FolderSource(tmp_path)
    assert sorted(source.files) == sorted(names) and len(source.content) == 64
    for index in range(3):
        assert source.header(index).width == 4


def test_names_that_are_not_utf8(tmp_path):
    fill(tmp_path, "a.png")
    try:
        os.rename(tmp_path / "a.png", os.fsencode(tmp_path) + b"/\xff.png")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    assert FolderSource(tmp_path).header(0).width == 4


def test_links(tmp_path):
    fill(tmp_path, "real/1.png")
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "real" / "broken.png").symlink_to(tmp_path / "nowhere.png")
    source = FolderSource(tmp_path)
    assert source.files == ["real/1.png", "real/broken.png"]
    with pytest.raises(Unreadable, match="a broken link"):
        source.header(1)


def test_a_link_to_a_folder_above_brings_in_nothing(tmp_path):
    fill(tmp_path, "mine/a/1.png", "others/2.png")
    (tmp_path / "mine" / "a" / "up").symlink_to("../..", target_is_directory=True)
    (tmp_path / "mine" / "root").symlink_to("/", target_is_directory=True)
    (tmp_path / "mine" / "beside").symlink_to(tmp_path / "others", target_is_directory=True)
    assert FolderSource(tmp_path / "mine").files == ["a/1.png", "beside/2.png"]


def test_a_folder_named_like_an_image(tmp_path):
    fill(tmp_path, "folder.png/1.png")
    assert FolderSource(tmp_path).files == ["folder.png/1.png"]


def test_pipes_do_not_hang(tmp_path):
    fill(tmp_path, "1.png")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(Unreadable, match="not a regular file"):
        FolderSource(tmp_path).header(1)


def test_content(tmp_path):
    fill(tmp_path / "a", "1.png", "2.png")
    fill(tmp_path / "b", "1.png", "2.png")
    first = FolderSource(tmp_path / "a").content
    assert first == FolderSource(tmp_path / "b").content
    (tmp_path / "b" / "2.png").rename(tmp_path / "b" / "3.png")
    assert first != FolderSource(tmp_path / "b").content != FolderSource(tmp_path / "a").select([0]).content


def test_no_folder_or_no_image(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        FolderSource(tmp_path / "nowhere")
    with pytest.raises(DataError, match="it is empty"):
        FolderSource(tmp_path)
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(DataError, match="1 file of other kinds"):
        FolderSource(tmp_path)
    with pytest.raises(DataError, match="Not a folder"):
        FolderSource(tmp_path / "a.txt")


def test_a_name_that_no_terminal_shows(tmp_path):
    folder = tmp_path / "caf\udce9"  # a name in Latin-1
    fill(folder, "a.png")
    source = FolderSource(folder)
    assert source.name.endswith("caf\\udce9") and source.name.encode() and source.pixels(0).ndim == 3
