"""Profile, random sources, and the repairs of the surroundings."""

import subprocess
import sys

import pytest
import torch

from helpers import runtime


def run(code: str) -> str:
    """Run code in a fresh process and return its output; a warning or an error fails the test."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def test_an_unknown_profile_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "fast")
    with pytest.raises(ValueError, match="expected one of colab, pocket, grade"):
        runtime.profile()


def test_the_profile_follows_the_surroundings(monkeypatch):
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    assert runtime.profile() == "pocket"
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert runtime.profile() == "colab"


def test_a_generator_draws_the_same_numbers_again():
    first, second = (torch.randn(4, generator=runtime.generator(3)) for _ in range(2))
    torch.testing.assert_close(first, second)


def test_torchvision_imports_after_helpers_and_transforms_work():
    code = "import helpers, torch; from torchvision.transforms.functional import gaussian_blur as blur; "
    assert run(code + "print(tuple(blur(torch.ones(1, 3, 8, 8), 3, 1.0).shape))") == "(1, 3, 8, 8)\n"


def test_gpu_code_runs_on_the_cpu_inside_the_stand_in():
    lines = [
        "import helpers, torch",
        "from helpers.runtime import generator, stand_in_for_cuda",
        "stand_in_for_cuda(); stand_in_for_cuda()",
        "x = torch.zeros(2, device='cuda').half().cuda()",
        "layer = torch.nn.Linear(2, 2).cuda().half().to('cuda:0')",
        "noise = torch.randn(2, generator=torch.Generator(device='cuda').manual_seed(1), device='cuda')",
        "torch.set_default_device('cuda'); torch.cuda.synchronize(); torch.cuda.manual_seed(0)",
        "assert isinstance(generator(0), torch.Generator)",
        "assert torch.device('cuda').type == torch.device(type='cuda').type == 'cuda'",
        "import io; file = io.BytesIO(); torch.save(x, file); file.seek(0)",
        "assert torch.load(file, map_location='cuda').device.type == 'cpu'",
        "print(x.dtype, layer(x).dtype, torch.ones(1).device)",
    ]
    assert run("\n".join(lines)) == "torch.float32 torch.float32 cpu\n"


def test_leaving_the_stand_in_restores_everything():
    before = torch.Generator, torch.cuda.synchronize, torch.load
    with runtime.cuda_stand_in():
        assert torch.zeros(1).half().dtype == torch.float32
    assert torch.zeros(1).half().dtype == torch.float16
    assert (torch.Generator, torch.cuda.synchronize, torch.load) == before


@pytest.mark.parametrize(("supported", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_bfloat16_is_used_only_where_the_processor_has_it(monkeypatch, supported, dtype):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: supported)
    with runtime.mixed_precision():
        assert torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2)).dtype is dtype


def test_a_gpu_that_emulates_bfloat16_computes_as_always(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation)
    with runtime.mixed_precision():
        assert not torch.is_autocast_enabled("cuda")
