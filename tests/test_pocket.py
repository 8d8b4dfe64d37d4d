"""The shipped pocket model: it loads, speaks when damaged, and has the form of DeepFloyd IF stage I."""

import shutil

import diffusers
import onnxruntime
import pytest
import torch

from helpers.denoisers import pocket
from helpers.schedules import squaredcos_betas
from helpers.weights import folder_of


@pytest.fixture(scope="module")
def stage_1():
    return pocket.load_pocket()


@pytest.fixture
def copied_folder(tmp_path):
    return shutil.copytree(folder_of("pocket"), tmp_path / "pocket")


def six_channels(stage_1, batch=2):
    size = stage_1.unet.config.sample_size
    x_t = torch.randn(batch, 3, size, size, generator=torch.Generator().manual_seed(0))
    prompt_embeds = stage_1.encode_prompt(["a rocket"] * batch, do_classifier_free_guidance=False)[0]
    with torch.no_grad():
        return stage_1.unet(x_t, 500, encoder_hidden_states=prompt_embeds, return_dict=False)[0]


def test_load_pocket_writes_nothing(capfd):
    pocket.load_pocket()
    assert capfd.readouterr() == ("", "")


def test_pipeline_is_diffusers_own_class_in_float32(stage_1):
    assert type(stage_1) is diffusers.IFPipeline
    assert {stage_1.unet.dtype, stage_1.text_encoder.dtype} == {torch.float32}


def test_folder_loads_without_our_code_and_answers_the_same(stage_1):
    plain = diffusers.IFPipeline.from_pretrained(folder_of("pocket"), local_files_only=True)
    assert torch.equal(six_channels(plain), six_channels(stage_1))


def test_unet_answers_noise_and_variance(stage_1):
    size = stage_1.unet.config.sample_size
    output = six_channels(stage_1)
    assert output.shape == (2, 6, size, size)
    assert output.isfinite().all()


def test_scheduler_has_the_settings_of_deepfloyd(stage_1):
    config = stage_1.scheduler.config
    expected = {
        "beta_schedule": "squaredcos_cap_v2",
        "prediction_type": "epsilon",
        "variance_type": "learned_range",
        "num_train_timesteps": 1000,
        "thresholding": True,
        "dynamic_thresholding_ratio": 0.95,
        "sample_max_value": 1.5,
    }
    assert {name: config[name] for name in expected} == expected
    torch.testing.assert_close(stage_1.scheduler.betas.double(), squaredcos_betas().double(), rtol=1e-5, atol=1e-7)


def test_encode_prompt_pads_to_77_and_tells_prompts_apart(stage_1):
    rocket, empty = stage_1.encode_prompt("a rocket")
    dog, _ = stage_1.encode_prompt("a dog")
    assert rocket.shape == dog.shape == empty.shape == (1, 77, stage_1.text_encoder.config.d_model)
    assert not torch.allclose(rocket, dog) and not torch.allclose(rocket, empty)


def test_scale_has_an_effect_and_the_seed_decides(stage_1):
    def sample(scale):
        generator = torch.Generator().manual_seed(1)
        return stage_1(prompt="a rocket", num_inference_steps=5, guidance_scale=scale, generator=generator,
                       output_type="pt").images  # fmt: skip

    assert torch.equal(sample(3.0), sample(3.0))
    assert not torch.allclose(sample(3.0), sample(1.0))


def other_pipeline(kind):
    pipeline = getattr(diffusers, kind).from_pretrained(
        folder_of("pocket"), local_files_only=True, requires_safety_checker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture
def picture(stage_1):
    size = stage_1.unet.config.sample_size
    return torch.linspace(-1, 1, size).expand(1, 3, size, size).contiguous()


def test_image_to_image_of_diffusers_changes_more_with_more_strength(picture):
    pipeline = other_pipeline("IFImg2ImgPipeline")

    def distance(strength):
        generator = torch.Generator().manual_seed(0)
        edit = pipeline("a rocket", picture, strength, num_inference_steps=20, generator=generator, output_type="pt")
        return (edit.images - picture).square().mean().sqrt().item()

    assert 0 < distance(0.2) < 0.7 * distance(0.9)


def test_inpainting_of_diffusers_keeps_what_the_mask_leaves_out(picture):
    pipeline = other_pipeline("IFInpaintingPipeline")
    mask = torch.zeros_like(picture[:, :1])
    mask[..., : mask.shape[-1] // 2] = 1
    generator = torch.Generator().manual_seed(0)
    result = pipeline(
        "a rocket", picture, mask, strength=1.0, num_inference_steps=20, generator=generator, output_type="pt"
    ).images
    difference = (result - picture).abs().mean(dim=1)[0]
    assert difference[mask[0, 0] == 0].max() < 0.01 < 0.1 < difference[mask[0, 0] == 1].mean()


def test_prompt_words_that_the_model_knows_are_not_reported(stage_1):
    assert pocket.unknown_words(stage_1, "A lithograph of a SKULL.") == {}


def test_unknown_words_come_with_the_nearest_known_ones(stage_1):
    unknown = pocket.unknown_words(stage_1, "a rockets, made of zebras")
    assert list(unknown) == ["rockets", "made", "zebras"]
    assert unknown["rockets"][0] == "rocket"


def test_an_unknown_word_is_said_once_wherever_the_prompt_comes_in(stage_1, capfd):
    from helpers.denoisers.embeddings import embed_prompts

    embed_prompts(stage_1, ["a rockett on a zebra"])
    stage_1.encode_prompt(["a rockett on a zebra", "a dog"])
    said = capfd.readouterr().out.splitlines()
    assert len(said) == 2 and "rocket" in said[0] and "zebra" in said[1], said


def test_every_prompt_of_the_course_is_known(stage_1):
    from helpers.denoisers.embeddings import COURSE_PROMPTS

    assert {prompt: words for prompt in COURSE_PROMPTS if (words := pocket.unknown_words(stage_1, prompt))} == {}


def test_missing_folder_says_which_and_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.*SHA256SUMS.*[Ii]nstall"):
        pocket.load_pocket(tmp_path / "nowhere")


def test_missing_weight_file_is_named(copied_folder):
    (copied_folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks the file unet/diffusion_pytorch_model\.safetensors"):
        pocket.load_pocket(copied_folder)


def test_truncated_weight_file_is_named_with_its_size(copied_folder):
    path = copied_folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"diffusion_pytorch_model\.safetensors is damaged: it has 1000 bytes"):
        pocket.load_pocket(copied_folder)


def test_one_altered_byte_is_noticed(copied_folder):
    path = copied_folder / "text_encoder" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"text_encoder.model\.safetensors is damaged"):
        pocket.load_pocket(copied_folder)


def test_weight_files_are_safetensors_under_16_mib_and_carded():
    files = [p for p in folder_of("pocket").rglob("*") if p.is_file()]
    assert not [p for p in files if p.suffix in {".bin", ".pt", ".pkl", ".ckpt"}]
    assert max(p.stat().st_size for p in files) < 16 * 2**20
    assert "licence" in (folder_of("pocket") / "README.md").read_text(encoding="utf-8").lower()


class UNetForExport(torch.nn.Module):
    """The call of the course with tensors in, tensor out, as ONNX wants it."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, x_t, t, prompt_embeds):
        return self.unet(x_t, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]


@pytest.mark.filterwarnings("ignore")
def test_onnx_export_equals_pytorch(stage_1, tmp_path):
    size, module = stage_1.unet.config.sample_size, UNetForExport(stage_1.unet).eval()
    generator = torch.Generator().manual_seed(0)
    inputs = (
        torch.randn(1, 3, size, size, generator=generator),
        torch.tensor([500]),
        stage_1.encode_prompt("a rocket", do_classifier_free_guidance=False)[0].detach(),
    )
    path = tmp_path / "unet.onnx"
    torch.onnx.export(module, inputs, path, input_names=["x_t", "t", "prompt_embeds"], dynamo=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    answer = session.run(None, {name: value.numpy() for name, value in zip(names, inputs, strict=True)})[0]
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(answer), module(*inputs), rtol=1e-3, atol=1e-4)
