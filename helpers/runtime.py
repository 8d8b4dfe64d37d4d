"""Where the course runs: profile, device, random sources, progress, and two repairs of the surroundings."""

import ctypes
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from tqdm.auto import tqdm

PROFILES = ("colab", "pocket", "grade")


def profile() -> str:
    """Return the profile of this run, from COURSE_PROFILE or else from where the code runs.

    Returns "colab" (real sizes), "pocket" (two CPU cores) or "grade" (functions only).
    Raises ValueError for any other value of COURSE_PROFILE.
    """
    chosen = os.environ.get("COURSE_PROFILE", "")
    if not chosen:
        return "colab" if "google.colab" in sys.modules else "pocket"
    if chosen not in PROFILES:
        raise ValueError(f"COURSE_PROFILE is {chosen!r}; expected one of {', '.join(PROFILES)}. Set or unset it.")
    return chosen


def device() -> torch.device:
    """Return the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def generator(seed: int) -> torch.Generator:
    """Return a CPU random source that starts at `seed`: the same numbers on every machine, with and without a GPU."""
    return torch.Generator("cpu").manual_seed(seed)


def mixed_precision() -> torch.autocast:
    """Return a context in which products are computed in bfloat16 where the hardware does that fast, else as always.

    A GPU before Ampere and a CPU without AVX512-bf16 or AMX only emulate bfloat16.
    """
    if torch.cuda.is_available():
        return torch.autocast("cuda", torch.bfloat16, enabled=torch.cuda.is_bf16_supported(including_emulation=False))
    is_fast = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast("cpu", torch.bfloat16, enabled=is_fast)


def progress(iterable: Iterable, description: str = "") -> tqdm:
    """Wrap an iterable in a progress bar that writes to stdout, since graders read stderr as a failure."""
    return tqdm(iterable, desc=description, file=sys.stdout, leave=False)


def mend_torchvision() -> None:
    """Let `import torchvision` succeed where its compiled part cannot load, and change nothing elsewhere.

    torchvision wheels built for CUDA stop beside a CPU build of torch with "operator torchvision::nms does not exist".
    The course needs its transforms and datasets only, so the two missing operators get their schema and no kernel.
    """
    found = importlib.util.find_spec("torchvision")
    if found is None or "torchvision" in sys.modules or _SCHEMAS:
        return
    compiled = [file for folder in found.submodule_search_locations or () for file in Path(folder).glob("_C.*")]
    try:
        for file in compiled:
            ctypes.CDLL(str(file))
    except OSError:
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _SCHEMAS.append(library)


_SCHEMAS: list[torch.library.Library] = []  # a schema lives as long as the library object that defined it


class _CpuForCuda(TorchFunctionMode):
    """Answers every request for a CUDA device or for half precision on the CPU in float32."""

    # Called for every operation, most of which name no device: those are let through as quickly as can be.
    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function in _MOVES:
            return args[0].float() if function is torch.Tensor.half else args[0]
        kwargs = kwargs or {}
        names_some = kwargs or not _NAMES.isdisjoint(map(type, args))
        if names_some and function is not torch.device:  # a device may be named; what is put there is what matters
            args = tuple(map(_on_cpu, args))
            kwargs = {key: _on_cpu(value) for key, value in kwargs.items()}
        return function(*args, **kwargs)


_MOVES = frozenset({torch.Tensor.cuda, torch.Tensor.half})
_NAMES = frozenset({str, torch.device, torch.dtype})  # what says where, and how precisely


def _on_cpu(value) -> Any:
    """Return what stands on the CPU for a device or dtype that asks for a GPU; any other value as it is."""
    if isinstance(value, str) and value.split(":")[0] == "cuda":
        return "cpu"
    if isinstance(value, torch.device) and value.type == "cuda":
        return torch.device("cpu")
    return torch.float32 if value is torch.float16 else value


class _AnyGenerator(type(torch.Generator)):
    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, cls.__mro__[1])  # generators made before the stand-in are generators still


class _CpuGenerator(torch.Generator, metaclass=_AnyGenerator):
    """Makes `torch.Generator(device="cuda")` a CPU generator."""

    def __new__(cls, device="cpu"):
        return super().__new__(cls, _on_cpu(device))  # pyright: ignore[reportCallIssue]  # torch types __init__ alone


@contextmanager
def cuda_stand_in() -> Iterator[None]:
    """Run code written for a GPU on a machine without one; changes nothing where a GPU is there.

    Inside the block `.cuda()`, `.to("cuda")`, `device="cuda"`, `.half()` and float16 mean the CPU and float32.
    """
    if torch.cuda.is_available():
        yield
        return
    set_default_device, load = torch.set_default_device, torch.load
    replaced = {
        (torch, "set_default_device"): lambda device: set_default_device(_on_cpu(device)),
        (torch, "load"): lambda f, map_location=None, **options: load(f, _on_cpu(map_location), **options),
        (torch, "Generator"): _CpuGenerator,
        (torch.cuda, "synchronize"): lambda device=None: None,
        (torch.cuda, "manual_seed"): lambda seed: None,
        (torch.cuda, "manual_seed_all"): lambda seed: None,
    }
    originals = {(module, name): getattr(module, name) for module, name in replaced}
    try:
        for (module, name), stand_in in replaced.items():
            setattr(module, name, stand_in)
        with _CpuForCuda():
            yield
    finally:
        for (module, name), original in originals.items():
            setattr(module, name, original)


def stand_in_for_cuda() -> None:
    """Enter `cuda_stand_in` for the rest of this process. The grader does so before the student's first cell."""
    if not _FOR_GOOD:
        block = cuda_stand_in()
        block.__enter__()
        _FOR_GOOD.append(block)


_FOR_GOOD: list = []  # holds the entered block: it would be left when its last reference went away
