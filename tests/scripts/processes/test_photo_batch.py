def test_one_line_per_photo_in_order(run):
    """The pool makes every thumbnail and `map` keeps the order of the photos."""
    assert run.lines == [f"photo-{n}.gray: 19,200 pixels" for n in range(1, 9)]


def test_shrink_averages_blocks(example):
    """A pixel of the thumbnail is the mean of 4 x 4 pixels of the photo."""
    width, height = example["WIDTH"], example["HEIGHT"]
    photo = bytearray(width * height)
    for y in range(4):
        photo[y * width : y * width + 4] = [16 * y] * 4
    small = example["shrink"](bytes(photo))
    assert len(small) == width * height // 16
    assert small[0] == 24
    assert not any(small[1:])


def test_a_worker_leaves_a_file(example, tmp_path):
    """Only a path travels to the worker; it reads and writes the files itself."""
    (photo,) = example["take_photos"](tmp_path, 1)
    assert example["make_thumbnail"](photo) == "photo-1.gray: 19,200 pixels"
    assert photo.with_suffix(".thumb").stat().st_size == 19_200
