"""The shipped CLIPs: they load, speak when damaged, agree with transformers, have a gradient and name pictures."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch
import transformers
from PIL import Image, ImageDraw

from helpers import clip as clips
from helpers.clip import CANDIDATES, embed_pictures, embed_text, prepare_pictures, ranks_of, recognise, similarities
from helpers.weights import folder_of, registry

OURS = ("pocket", "judge")
LARGEST = 7 * 10**6  # bytes of one folder


@pytest.fixture(scope="module", params=OURS)
def clip(request):
    return clips.load_clip(request.param, "cpu")


@pytest.fixture(scope="module")
def judge():
    return clips.load_clip("judge", "cpu")


def random_pictures(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def drawn(draw_on, size=64, ground="white"):
    """A picture (1, 3, size, size) in [-1, 1] that `draw_on(canvas)` draws at 256 pixels."""
    image = Image.new("RGB", (256, 256), ground)
    draw_on(ImageDraw.Draw(image))
    image = image.resize((size, size), Image.Resampling.LANCZOS)
    values = torch.tensor(list(image.getdata()), dtype=torch.float32).reshape(size, size, 3)
    return values.permute(2, 0, 1)[None] / 127.5 - 1


def heart(canvas):
    canvas.ellipse((20, 30, 132, 142), fill=(221, 46, 68))
    canvas.ellipse((124, 30, 236, 142), fill=(221, 46, 68))
    canvas.polygon([(27, 112), (229, 112), (128, 236)], fill=(221, 46, 68))


def star(canvas):
    angles = torch.arange(10) * torch.pi / 5
    radii = torch.tensor([120.0, 50.0]).repeat(5)
    points = torch.stack([128 + radii * angles.sin(), 134 - radii * angles.cos()], dim=1)
    canvas.polygon([tuple(point) for point in points.tolist()], fill=(255, 172, 51))


def balloon(canvas):
    canvas.line([(128, 180), (120, 250)], fill=(120, 120, 120), width=4)
    canvas.ellipse((60, 10, 196, 180), fill=(221, 46, 68))
    canvas.polygon([(116, 194), (140, 194), (128, 174)], fill=(160, 20, 40))


# --- loading


@pytest.mark.parametrize("name", OURS)
def test_load_clip_by_name_writes_nothing(name, capfd):
    clips.load_clip(name, "cpu")
    assert capfd.readouterr() == ("", "")


def test_model_is_transformers_own_class_in_float32_and_frozen(clip):
    assert type(clip.model) is transformers.CLIPModel and type(clip.processor) is transformers.CLIPProcessor
    assert {parameter.dtype for parameter in clip.model.parameters()} == {torch.float32}
    assert not clip.model.training and not any(parameter.requires_grad for parameter in clip.model.parameters())


def test_folder_loads_without_our_code_and_answers_the_same(clip):
    folder, pictures = folder_of(clips.OURS[clip.name]), random_pictures(2, 3, 32, 32)
    model = transformers.CLIPModel.from_pretrained(folder, local_files_only=True).eval()
    processor = transformers.CLIPProcessor.from_pretrained(folder, local_files_only=True)
    inputs = processor(text=["a rocket", "a skull"], images=list((pictures + 1) / 2), do_rescale=False, padding=True,
                       return_tensors="pt")  # fmt: skip
    with torch.no_grad():
        theirs = model(**inputs).logits_per_image / model.logit_scale.exp()
    torch.testing.assert_close(similarities(clip, pictures, ["a rocket", "a skull"]), theirs, rtol=1e-4, atol=1e-5)


def test_folders_are_small():
    sizes = [sum(file.stat().st_size for file in folder_of(clips.OURS[name]).rglob("*")) for name in OURS]
    assert max(sizes) <= LARGEST


def test_the_judge_is_another_model_that_never_saw_one_style(judge):
    pocket = clips.load_clip("pocket", "cpu")
    assert pocket.model.config.vision_config.to_dict() == judge.model.config.vision_config.to_dict()
    assert not torch.allclose(pocket.model.visual_projection.weight, judge.model.visual_projection.weight, atol=0.01)
    assert pocket.words - judge.words == {"cartoon", "icon", "sticker"}


@pytest.fixture
def copied(tmp_path, monkeypatch):
    folder = shutil.copytree(folder_of("pocket_clip"), tmp_path / "clip")
    elsewhere = registry()["pocket_clip"]._replace(source=f"folder:{folder}")
    monkeypatch.setitem(registry(), "pocket_clip", elsewhere)
    return folder


def test_damaged_weights_are_noticed(copied):
    weights = bytearray((copied / "model.safetensors").read_bytes())
    weights[-100] ^= 1
    (copied / "model.safetensors").write_bytes(weights)
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        clips.load_clip("pocket", "cpu")


def test_missing_file_is_named(copied):
    (copied / "vocab.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"vocab\.json"):
        clips.load_clip("pocket", "cpu")


def test_unknown_name_is_refused():
    with pytest.raises(ValueError, match="'jugde'.*'judge'"):
        clips.load_clip("jugde")


# --- which one, and why


def chosen(monkeypatch, capsys, profile, cached, openai=None):
    """Name and line of load_clip("auto") where OpenAI's model is `cached` or not, and loading it does `openai`."""
    monkeypatch.setenv("COURSE_PROFILE", profile)
    monkeypatch.setattr(clips, "_is_cached", lambda: cached)
    if openai:
        monkeypatch.setattr(clips, "_openai", openai)
    name = clips.load_clip("auto", "cpu").name
    return name, capsys.readouterr().out


def test_auto_takes_ours_where_openais_is_not_cached(monkeypatch, capsys):
    name, line = chosen(monkeypatch, capsys, "pocket", cached=False)
    assert name == "pocket" and line.startswith("CLIP: pocket; not openai, because it is not in the cache")
    assert line.count("\n") == 1


def test_auto_takes_openais_where_it_is_cached_without_a_download(monkeypatch, capsys):
    asked = []

    def openai(device, download):
        asked.append(download)
        return SimpleNamespace(name="openai")

    name, line = chosen(monkeypatch, capsys, "pocket", cached=True, openai=openai)
    assert (name, asked) == ("openai", [False]) and line.count("\n") == 1 and "in the cache" in line


def test_auto_takes_ours_while_grading(monkeypatch, capsys):
    name, line = chosen(monkeypatch, capsys, "grade", cached=True)
    assert name == "pocket" and "COURSE_PROFILE is grade" in line


def test_auto_takes_ours_and_says_why_where_loading_fails(monkeypatch, capsys):
    def broken(*arguments, **options):
        raise OSError("cut short")

    monkeypatch.setattr(
        transformers.CLIPModel,
        "from_pretrained",
        _only_for(clips.OPENAI, broken, transformers.CLIPModel.from_pretrained),
    )
    name, line = chosen(monkeypatch, capsys, "pocket", cached=True)
    assert name == "pocket" and "loading it failed with OSError" in line


def test_openai_asked_for_and_not_to_be_had_says_what_to_do(monkeypatch):
    def offline(*arguments, **options):
        raise OSError("no network")

    monkeypatch.setattr(transformers.CLIPModel, "from_pretrained", offline)
    with pytest.raises(clips.ClipUnavailable, match=r'no network.*load_clip\("pocket"\)'):
        clips.load_clip("openai", "cpu")


def _only_for(source, instead, otherwise):
    return lambda wanted, **options: (instead if wanted == source else otherwise)(wanted, **options)


# --- texts


def test_every_known_word_is_one_token(clip):
    tokenizer = clip.processor.tokenizer
    assert [word for word in clip.words if len(tokenizer(word).input_ids) != 3] == []


def test_vocabulary_files_of_transformers_4_make_the_same_tokenizer(clip):
    folder = folder_of(clips.OURS[clip.name])
    vocab = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    merges = [tuple(line.split()) for line in (folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]]
    again = transformers.CLIPTokenizer(vocab=vocab, merges=merges, unk_token="<|unknown|>")
    prompt = "An oil painting of a high-heeled shoe, a zorgle \N{REPLACEMENT CHARACTER} and a rocket."
    assert again(prompt).input_ids == clip.processor.tokenizer(prompt).input_ids


def test_every_candidate_is_known(clip):
    assert len(CANDIDATES) == len(set(CANDIDATES)) == 100
    assert {name: unknown for name in CANDIDATES if (unknown := clips.unknown_words(clip, name))} == {}


def test_embed_text_gives_unit_rows_whatever_stands_beside_them(clip):
    rows = embed_text(clip, ["a rocket", "an oil painting of a snowy mountain village", ""])
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(rows[:1], embed_text(clip, "a rocket"))


def test_a_very_long_prompt_is_cut_not_refused(clip):
    assert embed_text(clip, "a rocket and " * 40).isfinite().all()


def test_unknown_word_is_said_once_with_known_ones_like_it(capsys):
    clip = clips.load_clip("pocket", "cpu")
    unknown = clips.unknown_words(clip, "A Lithograph of ROCKETS!")
    assert list(unknown) == ["rockets"] and "rocket" in unknown["rockets"]
    for _ in range(2):
        embed_text(clip, ["rockets", "a rocket"])
    said = capsys.readouterr().out
    assert said.count('the word "rockets"') == 1 and "rocket" in said.split("knows:")[1]


def test_openais_clip_has_no_unknown_words(judge):
    assert clips.unknown_words(judge._replace(words=None), "zorgle") == {}


def test_no_prompt_is_refused(judge):
    with pytest.raises(ValueError, match="no prompt"):
        embed_text(judge, [])


# --- pictures


@pytest.mark.parametrize("shape", [(2, 3, 32, 32), (1, 3, 48, 48), (2, 3, 64, 64), (1, 3, 40, 57), (1, 3, 256, 200)])
def test_pictures_are_prepared_as_the_processor_does(judge, shape):
    pictures = random_pictures(*shape)
    theirs = judge.processor(images=list((pictures + 1) / 2), do_rescale=False, return_tensors="pt").pixel_values
    torch.testing.assert_close(prepare_pictures(judge, pictures), theirs, rtol=1e-4, atol=1e-5)


def test_pictures_are_prepared_for_openais_sizes_as_its_processor_does(judge):
    images = transformers.CLIPImageProcessor()  # OpenAI's own: 224 pixels, bicubic, its own mean and standard deviation
    openai = judge._replace(processor=SimpleNamespace(image_processor=images))
    pictures = random_pictures(1, 3, 32, 48)
    theirs = images(list((pictures + 1) / 2), do_rescale=False, return_tensors="pt").pixel_values
    assert theirs.shape == (1, 3, 224, 224)
    torch.testing.assert_close(prepare_pictures(openai, pictures), theirs, rtol=1e-3, atol=1e-3)


def test_whole_numbers_and_single_pictures_are_refused(judge):
    for wrong in (torch.zeros(3, 32, 32), torch.zeros(1, 3, 32, 32, dtype=torch.uint8), torch.zeros(1, 1, 32, 32)):
        with pytest.raises(ValueError, match=r"\(B, 3, H, W\)"):
            embed_pictures(judge, wrong)


def test_gradient_of_the_similarity_is_the_slope(clip):
    pictures = random_pictures(1, 3, 32, 32).requires_grad_()
    similarities(clip, pictures, "a rocket").sum().backward()
    direction = random_pictures(1, 3, 32, 32, seed=1)
    step = 1e-2
    with torch.no_grad():
        there, back = (similarities(clip, pictures + sign * step * direction, "a rocket").sum() for sign in (1, -1))
    expected = (pictures.grad * direction).sum()
    assert ((there - back) / (2 * step)).item() == pytest.approx(expected.item(), rel=0.05, abs=1e-3)


@pytest.mark.parametrize("size", [32, 64])
def test_gradient_is_finite_and_not_zero_at_noise_beyond_the_range(clip, size):
    x_t = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0)) * 3
    x_t.requires_grad_()
    similarities(clip, x_t, "a skull").sum().backward()
    assert x_t.grad.isfinite().all() and (x_t.grad.flatten(1).norm(dim=1) > 1e-4).all()


def test_climbing_the_gradient_raises_the_similarity(clip):
    pictures = torch.zeros(1, 3, 32, 32).requires_grad_()
    before = similarities(clip, pictures, "a heart").item()
    for _ in range(5):
        (gradient,) = torch.autograd.grad(similarities(clip, pictures, "a heart").sum(), pictures)
        pictures = (pictures + 0.1 * gradient.sign()).detach().requires_grad_()
    assert similarities(clip, pictures, "a heart").item() > before + 0.05


# --- recognition


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize(("draw_on", "name"), [(heart, "a heart"), (star, "a star"), (balloon, "a balloon")])
def test_pictures_drawn_in_code_are_among_the_first_five_names(clip, draw_on, name, size):
    assert name in recognise(clip, drawn(draw_on, size))[0][:5]


def test_recognise_ranks_all_candidates_for_each_picture(judge):
    pictures = torch.cat([drawn(heart), drawn(star)])
    ranked = recognise(judge, pictures, ["a star", "a heart", "a bus"])
    assert [row[0] for row in ranked] == ["a heart", "a star"]
    assert all(sorted(row) == ["a bus", "a heart", "a star"] for row in ranked)


def test_ranks_of_count_from_one_and_agree_with_recognise(judge):
    pictures = torch.cat([drawn(heart), drawn(star)])
    wanted = ["a bus", "a star"]
    ranks = ranks_of(judge, pictures, wanted)
    assert ranks == [row.index(name) + 1 for row, name in zip(recognise(judge, pictures), wanted, strict=True)]
    assert ranks[0] > ranks[1] >= 1


def test_ranks_of_refuses_a_name_that_is_no_candidate_and_a_missing_one(judge):
    with pytest.raises(ValueError, match="'a rockett'.*a rocket"):
        ranks_of(judge, drawn(heart), ["a rockett"])
    with pytest.raises(ValueError, match="1 pictures and 2 names"):
        ranks_of(judge, drawn(heart), ["a heart", "a star"])


@pytest.mark.parametrize("name", OURS)
def test_card_says_the_numbers_that_were_measured(name):
    folder = folder_of(clips.OURS[name])
    measured = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    card = (folder / "README.md").read_text(encoding="utf-8")
    for change, row in measured["recognition"].items():
        assert f"| {change} |" in card and f"{row['trained']['top1']:.0%} | {row['trained']['top5']:.0%} |" in card
    assert measured["run"]["held_out"] == ("twemoji" if name == "judge" else None)
    assert "CC BY 4.0" in card and "(c) Microsoft Corporation" in card and "Lisa" in card
