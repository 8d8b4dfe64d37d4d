"""DeepFloyd IF in code: the real pipeline classes over small random weights, and every way in which it cannot run."""

import errno
import json
import shutil
from types import SimpleNamespace

import huggingface_hub
import pytest
import torch
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import filter_repo_objects
from small_deepfloyd import WIDTH, save_small_if, scheduler, small_safety_checker, small_unet

from helpers.denoisers import COURSE_PROMPTS, DeepFloydUnavailable, DoorUNet, answering, deepfloyd, embed_prompts
from helpers.denoisers.deepfloyd import load_deepfloyd, load_stage_2, precompute_embeddings
from helpers.denoisers.embeddings import FILE_FORMAT, NEUTRAL_PROMPTS, read_embeddings, save_embeddings
from helpers.denoisers.spy import Spy, x_0_script

PROMPTS = ["a photo of a dog", "a pencil"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("if_1")
    save_small_if(path)
    return path


@pytest.fixture(scope="module")
def embeddings(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("embeddings") / "prompts.safetensors"
    return precompute_embeddings(PROMPTS, path, folder=folder, device="cpu")


@pytest.fixture(scope="module")
def stage_1(folder, embeddings):
    pipeline = load_deepfloyd(folder=folder, embeddings=embeddings, device="cpu")
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def test_it_is_the_genuine_pipeline_behind_a_door(stage_1):
    from diffusers import IFPipeline, UNet2DConditionModel

    assert type(stage_1) is IFPipeline and isinstance(stage_1.unet, DoorUNet)
    assert isinstance(stage_1.unet.network, UNet2DConditionModel) and stage_1.unet.config.sample_size == 64


def test_loading_and_sampling_say_nothing_on_stderr(folder, embeddings, capfd):
    pipeline = load_deepfloyd(folder=folder, embeddings=embeddings, device="cpu")
    pipeline.set_progress_bar_config(disable=True)
    images = pipeline(prompt="a pencil", num_inference_steps=2).images
    assert images[0].size == (64, 64)
    assert capfd.readouterr() == ("", "")


def test_the_published_safety_checker_is_kept(stage_1):
    assert stage_1.safety_checker is not None and stage_1.watermarker is not None


def test_a_prompt_and_its_precomputed_embedding_give_the_same_picture(stage_1):
    embeds = embed_prompts(stage_1, ["a pencil", ""])
    assert {prompt: tuple(e.shape) for prompt, e in embeds.items()} == {"a pencil": (1, 77, WIDTH), "": (1, 77, WIDTH)}
    options = {"num_inference_steps": 2, "output_type": "pt"}
    named = stage_1(prompt="a pencil", generator=torch.manual_seed(0), **options).images
    given = {"prompt_embeds": embeds["a pencil"], "negative_prompt_embeds": embeds[""]}
    assert torch.equal(named, stage_1(**given, generator=torch.manual_seed(0), **options).images)


def test_the_stored_embeddings_are_those_of_the_text_encoder(folder, embeddings):
    from diffusers import IFPipeline

    from helpers.denoisers.pocket import quiet_libraries

    with quiet_libraries():
        whole = IFPipeline.from_pretrained(folder, variant="fp16", local_files_only=True)
    fresh = whole.encode_prompt("a photo of a dog", do_classifier_free_guidance=False)[0]
    assert torch.allclose(read_embeddings(embeddings)["a photo of a dog"].float(), fresh.float(), atol=0.01)


def test_the_network_answers_single_and_double_precision_alike(stage_1):
    embeds = embed_prompts(stage_1, ["a pencil"])["a pencil"]
    x_t = torch.randn(1, 3, 64, 64, generator=torch.manual_seed(0))
    single, double = (stage_1.unet(x, 500, embeds, return_dict=False)[0] for x in (x_t, x_t.double()))
    assert single.shape == (1, 6, 64, 64) and double.dtype == torch.float64
    assert torch.allclose(single.double(), double)


def test_a_check_can_put_its_world_behind_it(stage_1):
    spy = Spy(x_0_script(lambda *_: torch.zeros(3, 64, 64), stage_1.scheduler.alphas_cumprod))
    with answering(stage_1, spy):
        image = stage_1(prompt="a pencil", num_inference_steps=3, output_type="pt", guidance_scale=1.0).images
    assert len(spy.calls) == 3 and image.abs().max() < 1e-3


def test_an_unknown_prompt_says_how_to_add_it(stage_1):
    with pytest.raises(ValueError, match="no embedding of 'a pencli'.*'a pencil'.*embed_prompts"):
        stage_1.encode_prompt("a pencli")


def test_new_prompts_are_embedded_once_and_kept(folder, embeddings, tmp_path, capsys):
    path = tmp_path / "prompts.safetensors"
    shutil.copy(embeddings, path)
    pipeline = load_deepfloyd(folder=folder, embeddings=path, device="cpu")
    asked = ["a high quality dog", "a pencil", "A Photo of a  pencil"]
    found = embed_prompts(pipeline, asked)
    assert "T5 embeds 2 new prompts" in capsys.readouterr().out
    fresh = precompute_embeddings(asked, tmp_path / "fresh.safetensors", folder=folder, device="cpu")
    for prompt, wanted in read_embeddings(fresh).items():
        assert prompt in NEUTRAL_PROMPTS or torch.allclose(found[prompt].float(), wanted.float(), atol=0.01)
    assert set(read_embeddings(path)) == {*NEUTRAL_PROMPTS, *PROMPTS, *asked}
    again = embed_prompts(load_deepfloyd(folder=folder, embeddings=path, device="cpu"), asked)
    assert capsys.readouterr().out == "" and all(torch.equal(again[prompt], found[prompt]) for prompt in asked)


def test_stage_2_upsamples_with_the_same_embeddings(stage_1, embeddings, tmp_path):
    from diffusers import IFSuperResolutionPipeline

    from helpers.denoisers.pocket import quiet_libraries

    unet = small_unet(32, 6, class_embed_type="timestep")
    parts = {"tokenizer": None, "text_encoder": None, "unet": unet, "image_noising_scheduler": scheduler()}
    with quiet_libraries():
        pipeline = IFSuperResolutionPipeline(**parts, scheduler=scheduler(), **small_safety_checker())
        pipeline.to(torch.float16).save_pretrained(tmp_path, variant="fp16")
    stage_2 = load_stage_2(folder=tmp_path, embeddings=embeddings, device="cpu")
    stage_2.set_progress_bar_config(disable=True)
    large = stage_2(image=torch.zeros(1, 3, 16, 16), prompt="a pencil", num_inference_steps=2, output_type="pt").images
    assert type(stage_2) is IFSuperResolutionPipeline and large.shape == (1, 3, 32, 32)


# The file of embeddings


def test_embeddings_come_back_as_they_were_saved(tmp_path):
    table = {"": torch.zeros(1, 4, 8).half(), 'a "quoted" prompt': torch.randn(1, 4, 8).half()}
    read = read_embeddings(save_embeddings(table, tmp_path / "new" / "prompts.safetensors"))
    assert list(read) == list(table) and all(torch.equal(read[prompt], table[prompt]) for prompt in table)


def test_the_neutral_prompts_are_always_written_along(embeddings):
    assert list(read_embeddings(embeddings)) == [*NEUTRAL_PROMPTS, *PROMPTS]


def test_embeddings_of_different_shapes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"one shape and dtype.*\(3, 8\).*\(4, 8\)"):
        save_embeddings({"a": torch.zeros(1, 4, 8), "b": torch.zeros(1, 3, 8)}, tmp_path / "prompts.safetensors")


def flip_last_byte(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip_last_byte, "does not fit the checksum.*Delete prompts.safetensors"),
        (lambda content: content[: len(content) // 2], "no readable safetensors file"),
        (lambda content: b"PK pickled things", "no readable safetensors file"),
        (lambda content: content.replace(b"a pencil", b"a Pencil"), "does not fit the checksum"),
        (lambda content: content.replace(b"version 1", b"version 9"), f"version 9'; expected '{FILE_FORMAT}'"),
    ],
)
def test_a_damaged_file_of_embeddings_is_refused(embeddings, tmp_path, damage, message):
    path = tmp_path / "prompts.safetensors"
    path.write_bytes(damage(embeddings.read_bytes()))
    with pytest.raises(ValueError, match=message):
        read_embeddings(path)


def test_embeddings_of_another_program_are_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2, 2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="has the format None"):
        read_embeddings(tmp_path / "other.safetensors")


def test_a_missing_file_of_embeddings_says_how_to_write_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="no embeddings at .*precompute_embeddings"):
        read_embeddings(tmp_path / "none.safetensors")


def test_the_course_embeddings_are_written_once_and_kept(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(deepfloyd, "_download", lambda *_: folder)
    first = load_deepfloyd(device="cpu")
    monkeypatch.setattr(deepfloyd, "precompute_embeddings", None)  # a second call of it would fail
    again = load_deepfloyd(device="cpu")
    assert set(COURSE_PROMPTS) < set(again.tokenizer.rows) == set(first.tokenizer.rows)


# Why it cannot run


@pytest.fixture
def online(monkeypatch, tmp_path):
    """Pretend a GPU with memory, a token, a large disk and an empty cache; return a function that sets the download."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: (15 * 2**30, 15 * 2**30))
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: "hf_token")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**12))
    save_embeddings({"": torch.zeros(1, 2, 2)}, tmp_path / "embeddings" / "deepfloyd_if.safetensors")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))

    def set_download(error):
        def snapshot_download(repository, allow_patterns, local_files_only=False):
            raise LocalEntryNotFoundError("not in the cache") if local_files_only else error

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)

    set_download(AssertionError("nothing was to be downloaded"))
    return set_download


def http_error(kind, status):
    """Return an error as huggingface_hub raises it for an answer with that status."""
    response = SimpleNamespace(status_code=status, headers={}, request=None)
    return kind(f"{status} Client Error", response=response)


def caused(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason", "cure"),
    [
        (http_error(GatedRepoError, 403), "licence has not been accepted", "accept the licence"),
        (http_error(HfHubHTTPError, 403), "licence has not been accepted", "read gated repositories"),
        (
            caused(LocalEntryNotFoundError("no file"), http_error(GatedRepoError, 403)),
            "licence has not been accepted",
            "huggingface.co/DeepFloyd",
        ),
        (http_error(RepositoryNotFoundError, 401), "did not accept the token", "settings/tokens"),
        (http_error(HfHubHTTPError, 401), "did not accept the token", "login"),
        (OfflineModeIsEnabled("offline"), "HF_HUB_OFFLINE", "Unset"),
        (LocalEntryNotFoundError("no connection"), "cannot be reached", "network"),
        (ConnectionError("refused"), "cannot be reached", "goes on where it stopped"),
        (TimeoutError("slow"), "cannot be reached", "network"),
        (http_error(HfHubHTTPError, 503), "cannot be reached", "load again"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full", "HF_HOME"),
        (torch.OutOfMemoryError("CUDA out of memory"), "memory is full", "Restart the runtime"),
        (RuntimeError("something else"), "failed with RuntimeError: something else", "pocket"),
    ],
)
def test_an_error_of_the_download_says_why_and_what_to_do(online, error, reason, cure):
    online(error)
    with pytest.raises(DeepFloydUnavailable, match=cure) as caught:
        load_deepfloyd()
    assert reason in caught.value.reason and caught.value.__cause__ is error


def test_the_text_encoder_that_cannot_be_downloaded_says_why_too(online, tmp_path):
    online(http_error(GatedRepoError, 403))
    with pytest.raises(DeepFloydUnavailable, match="licence has not been accepted"):
        precompute_embeddings(PROMPTS, tmp_path / "prompts.safetensors")


def test_without_a_gpu(online, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeepFloydUnavailable, match="there is no GPU.*Change runtime type > T4 GPU"):
        load_deepfloyd()


def test_without_a_token(online, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    with pytest.raises(DeepFloydUnavailable, match="there is no Hugging Face token.*IF-I-L.*HF_TOKEN"):
        load_deepfloyd()


def test_a_disk_too_small_is_noticed_before_the_download(online, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**9))
    with pytest.raises(DeepFloydUnavailable, match="1.0 GB free and the download needs 2.4 GB"):
        load_deepfloyd()


def test_a_gpu_too_small_for_the_large_model_is_noticed(online, folder, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: (6 * 2**30, 8 * 2**30))
    with pytest.raises(DeepFloydUnavailable, match=r"6.0 GiB free and 9.0 are needed.*model=\"L\""):
        load_deepfloyd("XL", folder=folder)


def hub_with(folder, target):
    """Return a snapshot_download that has nothing in its cache and copies what the patterns ask for to `target`."""

    def snapshot_download(repository, allow_patterns, local_files_only=False):
        if local_files_only and not target.exists():
            raise LocalEntryNotFoundError("not in the cache")
        files = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and not local_files_only]
        for name in filter_repo_objects(files, allow_patterns=allow_patterns):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, target / name)
        return str(target)

    return snapshot_download


def test_what_is_downloaded_is_what_is_needed_and_a_second_time_neither_token_nor_network(
    online, folder, tmp_path, monkeypatch
):
    (tmp_path / "embeddings" / "deepfloyd_if.safetensors").unlink()
    snapshot = tmp_path / "snapshot"
    for pickled in ("unet/diffusion_pytorch_model.fp16.bin", "text_encoder/pytorch_model.fp16.bin"):
        (folder / pickled).write_bytes(b"never wanted")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub_with(folder, snapshot))
    load_deepfloyd(device="cpu")
    assert not list(snapshot.rglob("*.bin")) and len(list(snapshot.rglob("*.safetensors"))) == 4

    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    load_deepfloyd(device="cpu")


def test_a_cache_with_the_unet_alone_does_not_pass_for_one_with_the_text_encoder(online, folder, tmp_path, monkeypatch):
    snapshot = tmp_path / "snapshot"
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub_with(folder, snapshot))
    deepfloyd._download("L", deepfloyd.STAGE_FILES, 1e9)
    assert not (snapshot / "text_encoder").exists()
    deepfloyd._download("L", deepfloyd.TEXT_FILES, 1e9)
    assert (snapshot / "text_encoder" / "model.fp16.safetensors").exists()


def test_damaged_embeddings_make_it_unavailable(online, tmp_path):
    (tmp_path / "embeddings" / "deepfloyd_if.safetensors").write_bytes(b"cut")
    with pytest.raises(DeepFloydUnavailable, match="embeddings cannot be read.*Delete deepfloyd_if.safetensors"):
        load_deepfloyd()


def test_damaged_weights_make_it_unavailable(folder, embeddings, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "unet" / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"cut")
    with pytest.raises(DeepFloydUnavailable, match="Delete the folder of the model"):
        load_deepfloyd(folder=copy, embeddings=embeddings, device="cpu")


def test_wrong_arguments_are_named(embeddings, tmp_path):
    with pytest.raises(ValueError, match="no DeepFloyd IF stage I of size 'M'; expected 'L' or 'XL'"):
        load_deepfloyd("M")
    with pytest.raises(FileNotFoundError, match="expected a folder with a model_index.json"):
        load_deepfloyd(folder=tmp_path, embeddings=embeddings, device="cpu")


def test_the_memory_plan_counts_the_published_configurations():
    from diffusers import UNet2DConditionModel
    from transformers import T5Config, T5EncoderModel

    xl = json.loads(UNET_XL)
    t5 = T5Config(d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64, feed_forward_proj="gated-gelu")
    with torch.device("meta"):
        networks = {"XL": UNet2DConditionModel(**xl), "T5": T5EncoderModel(t5)}
    for name, network in networks.items():
        count = sum(parameter.numel() for parameter in network.parameters())
        assert deepfloyd.PARAMETERS[name] == pytest.approx(count, rel=2e-3)


# unet/config.json of DeepFloyd/IF-I-XL-v1.0, the entries that differ from the defaults
UNET_XL = """{"act_fn": "gelu", "addition_embed_type": "text", "addition_embed_type_num_heads": 64,
"attention_head_dim": 64, "block_out_channels": [704, 1408, 2112, 2816], "cross_attention_dim": 2816,
"cross_attention_norm": "group_norm", "down_block_types": ["ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D",
"SimpleCrossAttnDownBlock2D", "SimpleCrossAttnDownBlock2D"], "encoder_hid_dim": 4096,
"encoder_hid_dim_type": "text_proj", "in_channels": 3, "layers_per_block": 3,
"mid_block_type": "UNetMidBlock2DSimpleCrossAttn", "out_channels": 6, "resnet_time_scale_shift": "scale_shift",
"sample_size": 64, "up_block_types": ["SimpleCrossAttnUpBlock2D", "SimpleCrossAttnUpBlock2D",
"SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"]}"""
