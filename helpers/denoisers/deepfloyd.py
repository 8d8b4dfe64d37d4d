"""DeepFloyd IF behind the course's call, planned for a Colab T4 (15,360 MiB, of which some 14.7 GiB can be used).

Memory in float16, 2 bytes a parameter [parameters: counted from the published configurations for T5, IF-I-XL and
the safety checker, from the model cards for the others]:

    part                         parameters   GiB    on the GPU
    T5 v1.1 XXL encoder          4.76 B       8.87   only while prompts are embedded (4.43 in 8 bit), then freed
    IF-I-L U-Net                 0.9 B        1.68   always
    IF-I-XL U-Net                4.30 B       8.02   always, in the place of L
    IF-II-L U-Net                1.2 B        2.24   where pictures are upsampled
    safety checker (CLIP L/14)   0.30 B       0.57   with each stage, as published

T5 and a U-Net never lie there together, so the peak is T5's 8.87 GiB at the start, and later 2.25 GiB (L), 5.06 GiB
(L with stage II) or 11.40 GiB (XL with stage II) and some 1 GiB of activations (allowed for, not measured here).
Nothing has to be moved to and fro: `enable_model_cpu_offload` would only make each call slower.

The licence allows non-commercial research and is accepted by each user on the model's page; nothing of DeepFloyd's is
shipped with this package.
"""

import gc
import shutil
import warnings
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import torch

from helpers.cache import cache_folder
from helpers.denoisers.deepfloyd_errors import DeepFloydUnavailable, explained
from helpers.denoisers.embeddings import COURSE_PROMPTS, NEUTRAL_PROMPTS, read_embeddings, save_embeddings
from helpers.denoisers.lookup import LookupTextEncoder, LookupTokenizer
from helpers.denoisers.pocket import quiet_libraries
from helpers.denoisers.world import DoorUNet

REPOSITORIES = {"L": "DeepFloyd/IF-I-L-v1.0", "XL": "DeepFloyd/IF-I-XL-v1.0", "II-L": "DeepFloyd/IF-II-L-v1.0"}
PARAMETERS = {"L": 0.9e9, "XL": 4.30e9, "II-L": 1.2e9, "T5": 4.76e9, "safety checker": 0.30e9}
STAGE_FILES = ["model_index.json", "scheduler/*", "unet/config.json", "unet/*.fp16*.safetensors", "feature_extractor/*"]
STAGE_FILES += ["safety_checker/config.json", "safety_checker/*.fp16*.safetensors", "watermarker/*"]
STAGE_FILES += ["image_noising_scheduler/*"]  # in stage II only
TEXT_FILES = [
    "tokenizer/*",
    "text_encoder/config.json",
    "text_encoder/*.fp16*.safetensors",
    "text_encoder/*.fp16*.json",
]


def load_deepfloyd(model: str = "L", *, folder=None, embeddings=None, device=None):
    """Return DeepFloyd IF stage I as a `diffusers.IFPipeline` in float16, with precomputed prompts for a text encoder.

    model       "L" (0.9 B parameters) or "XL" (4.3 B)
    folder      a pipeline folder on disk; default: the cached or fresh download from Hugging Face
    embeddings  a file of `precompute_embeddings`; default: the cache, written first with the course's prompts
    device      default the GPU; float32 on a CPU, for tests with small weights
    Raises DeepFloydUnavailable, which says why and what to do; ValueError or FileNotFoundError for wrong arguments.
    """
    if model not in ("L", "XL"):
        raise ValueError(f"There is no DeepFloyd IF stage I of size {model!r}; expected 'L' or 'XL'.")
    from diffusers.pipelines.deepfloyd_if.pipeline_if import IFPipeline

    return _load(IFPipeline, model, folder, embeddings, device)


def load_stage_2(*, folder=None, embeddings=None, device=None):
    """Return DeepFloyd IF stage II-L, 64 -> 256 pixels, as a `diffusers.IFSuperResolutionPipeline`.

    Arguments and errors as in `load_deepfloyd`; it reads the same embeddings.
    """
    from diffusers.pipelines.deepfloyd_if.pipeline_if_superresolution import IFSuperResolutionPipeline

    return _load(IFSuperResolutionPipeline, "II-L", folder, embeddings, device)


def precompute_embeddings(prompts: Iterable[str], path, *, folder=None, device=None) -> Path:
    """Embed prompts with DeepFloyd's T5 encoder, write them to a file for `load_deepfloyd`, and free T5's memory.

    prompts  strings; "" and "a high quality photo" are always written along with them
    path     the safetensors file to write
    folder   a pipeline folder with text encoder and tokenizer; default: IF-I-L's from Hugging Face
    device   default the GPU: 8 bit where bitsandbytes is installed, else float16; float32 on a CPU
    Returns the path. Raises DeepFloydUnavailable.
    """
    return save_embeddings(_embedded([*NEUTRAL_PROMPTS, *prompts], folder, _usable(device)), path)


def _embedded(prompts: list[str], folder, device: torch.device) -> dict[str, torch.Tensor]:
    """Return {prompt: (L, D)} in float16, from the T5 in a folder or, for None, in IF-I-L's repository."""
    wanted = list(dict.fromkeys(prompts))
    try:
        if folder is None:
            folder = _download("L", TEXT_FILES, PARAMETERS["T5"])
        _require_memory(device, PARAMETERS["T5"])
        embeds = _embed_with_t5(folder, wanted, device)
    except Exception as error:
        raise explained(error) from error
    finally:
        gc.collect()
        torch.cuda.empty_cache()
    return dict(zip(wanted, embeds.half(), strict=True))


def _embed_with_t5(folder, prompts: list[str], device: torch.device) -> torch.Tensor:
    """Return (prompts, L, D) on the CPU; T5 lives no longer than this call."""
    from diffusers.pipelines.deepfloyd_if.pipeline_if import IFPipeline
    from transformers import AutoTokenizer, T5EncoderModel

    with quiet_libraries():
        t5 = T5EncoderModel.from_pretrained(Path(folder) / "text_encoder", variant="fp16", **_t5_options(device))
        tokenizer = AutoTokenizer.from_pretrained(Path(folder) / "tokenizer")
    others = dict.fromkeys(["unet", "scheduler", "safety_checker", "feature_extractor", "watermarker"])
    others["requires_safety_checker"] = False
    # typed as if every part were needed; each may be None
    pipeline = IFPipeline(tokenizer=tokenizer, text_encoder=t5, **others)  # pyright: ignore[reportArgumentType]
    return pipeline.encode_prompt(prompts, do_classifier_free_guidance=False, device=device)[0].cpu()


def _t5_options(device: torch.device) -> dict:
    """Return how T5 is to be loaded: in float32 on a CPU, in 8 bit or float16 on a GPU."""
    from transformers import BitsAndBytesConfig
    from transformers.utils.import_utils import is_bitsandbytes_available

    if device.type != "cuda":
        return {"dtype": torch.float32}
    options = {"dtype": torch.float16, "device_map": {"": device}}
    if is_bitsandbytes_available():
        options["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    return options


def _load(pipeline_class, model: str, folder, embeddings, device):
    if folder is not None and not (Path(folder) / "model_index.json").is_file():
        raise FileNotFoundError(f"There is no pipeline in {folder}: expected a folder with a model_index.json.")
    device = _usable(device)
    try:
        path = embeddings or _course_embeddings(device)
        table = _read(path)
        text_folder = folder
        if folder is None:
            folder = _download(model, STAGE_FILES, PARAMETERS[model] + PARAMETERS["safety checker"])
        _require_memory(device, PARAMETERS[model])
        pipeline = _assemble(pipeline_class, folder, table, device)
    except Exception as error:
        raise explained(error) from error
    pipeline.learn_prompts = partial(_learn_prompts, pipeline, path, text_folder, device)
    return pipeline


def _learn_prompts(pipeline, path, folder, device: torch.device, prompts: list[str]) -> None:
    """Let T5 embed what the pipeline does not know yet, all in one go, and keep it in the file for the next time."""
    new = [prompt for prompt in prompts if not pipeline.tokenizer.knows(prompt)]
    if not new:
        return
    print(f"T5 embeds {len(new)} new prompt{'s' * (len(new) > 1)}, which takes a minute; the next time they are known.")
    embedded = _embedded(new, folder, device)
    save_embeddings(_read(path) | embedded, path)
    pipeline.tokenizer.append(embedded)
    pipeline.text_encoder.append(torch.stack([*embedded.values()]))


def _assemble(pipeline_class, folder, embeddings: dict[str, torch.Tensor], device: torch.device):
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    _mend_safety_checker()
    with quiet_libraries(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch_dtype is dtype's old name, and the one all versions know
        pipeline = pipeline_class.from_pretrained(
            folder, text_encoder=None, tokenizer=None, variant="fp16", torch_dtype=dtype, local_files_only=True
        )
    rows = {prompt: row for row, prompt in enumerate(embeddings)}
    cure = "Let it be embedded first: embed_prompts(stage_1, [prompt])."
    pipeline.tokenizer = LookupTokenizer(rows, cure)
    pipeline.text_encoder = LookupTextEncoder(torch.cat(list(embeddings.values())).to(dtype))
    pipeline.unet = DoorUNet(pipeline.unet)
    return pipeline.to(device)


def _mend_safety_checker() -> None:
    """Give diffusers' safety checker the attribute without which transformers 5 cannot load it: it ties no weights.

    diffusers 0.42 does not call post_init() in this class (mended for another class in its pull request 13252).
    """
    from diffusers.pipelines.deepfloyd_if.safety_checker import IFSafetyChecker

    if not hasattr(IFSafetyChecker, "all_tied_weights_keys"):
        # the types do not know the attribute either
        IFSafetyChecker.all_tied_weights_keys = {}  # pyright: ignore[reportAttributeAccessIssue]


def _read(path) -> dict[str, torch.Tensor]:
    try:
        return read_embeddings(path)
    except (FileNotFoundError, ValueError) as error:
        raise DeepFloydUnavailable("its prompt embeddings cannot be read", str(error)) from error


def _course_embeddings(device: torch.device) -> Path:
    """Return the cached file of the course's prompts, written first where it is not there."""
    path = cache_folder("embeddings") / "deepfloyd_if.safetensors"
    return path if path.is_file() else precompute_embeddings(COURSE_PROMPTS, path, device=device)


def _usable(device) -> torch.device:
    """Return the device asked for, by default the GPU, or raise where it is a GPU and there is none."""
    device = torch.device("cuda" if device is None else device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise DeepFloydUnavailable(
            "there is no GPU",
            "DeepFloyd IF needs an NVIDIA GPU. On Colab choose Runtime > Change runtime type > T4 GPU; elsewhere use "
            'load_stage_1("pocket").',
        )
    return device


def _require_memory(device: torch.device, parameters: float) -> None:
    if device.type != "cuda":
        return
    free, needed = torch.cuda.mem_get_info(device)[0], 2 * parameters + 2**30
    if free < needed:
        raise DeepFloydUnavailable(
            f"the GPU has {free / 2**30:.1f} GiB free and {needed / 2**30:.1f} are needed",
            'Restart the runtime to free its memory, choose model="L", or use load_stage_1("pocket").',
        )


def _download(model: str, patterns: list[str], parameters: float) -> str:
    """Return the folder of a snapshot, from the cache where it is complete, else downloaded after some questions."""
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    repository = REPOSITORIES[model]
    try:
        folder = huggingface_hub.snapshot_download(repository, allow_patterns=patterns, local_files_only=True)
        if all(any(Path(folder).glob(pattern)) for pattern in patterns if pattern.endswith(".safetensors")):
            return folder
    except LocalEntryNotFoundError:
        pass  # not in the cache: go on to the download
    _require_token(repository)
    _require_disk(2 * parameters)
    return huggingface_hub.snapshot_download(repository, allow_patterns=patterns)


def _require_token(repository: str) -> None:
    import huggingface_hub

    if not huggingface_hub.get_token():
        raise DeepFloydUnavailable(
            "there is no Hugging Face token",
            f"Accept the licence on https://huggingface.co/{repository}, make a read token on "
            "https://huggingface.co/settings/tokens, then run huggingface_hub.login() or set HF_TOKEN "
            "(on Colab: the key symbol on the left).",
        )


def _require_disk(needed: float) -> None:
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DeepFloydUnavailable(
            f"the disk has {free / 1e9:.1f} GB free and the download needs {needed / 1e9:.1f} GB",
            "Free some space, or let HF_HOME point at a larger disk.",
        )
