"""Honest accidents: what happens to right answers on the way. All of them deserve full marks."""

import json

from course.attacks.recipes.kit import EVERYTHING, REAL, World, attack, cell_of, new_code, text

KIND = "honest accidents"


@attack(KIND, "a right answer warns, logs, and writes to stderr")
def warnings(world: World) -> dict:
    return world.solved(
        double="""
import logging, sys, warnings

def double(number):
    warnings.warn("a warning in a right answer")
    logging.warning("and one that is logged")
    print("text on stderr", file=sys.stderr)
    return number + number
"""
    )


@attack(KIND, "a right answer shows a progress bar")
def progress_bar(world: World) -> dict:
    return world.solved(
        total="""
from tqdm.auto import tqdm

def total(images):
    return sum(image.sum() for image in tqdm(images))
"""
    )


@attack(KIND, "a right answer takes its time")
def slow(world: World) -> dict:
    return world.solved(
        total="""
import time

def total(images):
    time.sleep(1.5)
    return images.sum()
"""
    )


@attack(KIND, "a right answer is written for a GPU")
def for_a_gpu(world: World) -> dict:
    return world.solved(
        scale="""
model = torch.nn.Identity().cuda()
device = torch.device("cuda")
torch.cuda.manual_seed_all(0)
torch.cuda.synchronize()

def scale(images, weight):
    with torch.autocast("cuda"):
        return (model(images.to(device)) * torch.tensor(weight, device="cuda")).cuda()
"""
    )


@attack(KIND, "a right answer of the real chapter is written for a GPU in half precision", chapter=REAL)
def half_on_a_gpu(world: World) -> dict:
    return world.solved(
        forward="""
def forward(im, t):
    alpha_bar_t = alphas_cumprod[t].cuda().half()
    im = im.cuda().half()
    eps = torch.randn(im.shape, device="cuda", dtype=torch.float16)
    return alpha_bar_t.sqrt() * im + (1 - alpha_bar_t).sqrt() * eps
"""
    )


@attack(KIND, "a right answer prints what it does, and the cell ends in a value")
def prints(world: World) -> dict:
    chatty = "def double(number):\n    print('doubling', number)\n    return number + number\n\ndouble(4)"
    notebook = world.solved(double=chatty)
    return world.with_cell("double(0)", before="scale", notebook=notebook)


@attack(KIND, "the notebook was saved by another Python, with another kernel")
def another_python(world: World) -> dict:
    notebook = world.solved()
    notebook["metadata"] = {
        "kernelspec": {"name": "conda-env-ml-py", "display_name": "ML (conda)", "language": "python"},
        "language_info": {"name": "python", "version": "3.8.2"},
    }
    return notebook


@attack(KIND, "Colab rewrote the notebook: ids and run data of its own, no cell ids, no metadata of ours")
def colab(world: World) -> dict:
    notebook = world.solved()
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {"colab": {"provenance": []}, "accelerator": "GPU", "kernelspec": {"name": "python3"}}
    for number, cell in enumerate(notebook["cells"]):
        cell.pop("id", None)
        cell["metadata"] = {"id": f"aB3_{number}x"}
        cell["source"] = text(cell).splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"outputId": f"o{number}", "executionInfo": {"status": "ok", "user_tz": -60}}
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["kept from Colab\n"]}]
    return notebook


@attack(KIND, "VS Code rewrote the metadata of every cell")
def vs_code(world: World) -> dict:
    notebook = world.solved()
    for cell in notebook["cells"]:
        old = {"nbgrader": {"schema_version": 1}} if "nbgrader" in cell["metadata"] else {}
        cell["metadata"] = {"vscode": {"languageId": "python"}, **old}
    return notebook


@attack(KIND, "the first cells are Colab's own: an installation, a mounted drive, a shell's line")
def colab_cells(world: World) -> dict:
    notebook = world.solved()
    for source in ("!pip install -q diffusers", "from google.colab import drive\ndrive.mount('/content/drive')",
                   "%cd /content/drive/MyDrive", "%matplotlib inline"):  # fmt: skip
        notebook["cells"].insert(1, new_code(source))
    return notebook


@attack(KIND, "the file begins with a byte order mark and ends its lines as Windows does")
def windows(world: World) -> bytes:
    notebook = world.solved()
    for cell in notebook["cells"]:
        cell["source"] = text(cell).replace("\n", "\r\n")
    return b"\xef\xbb\xbf" + json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()


@attack(KIND, "answers come as numpy, in double precision, or as a plain number")
def other_types(world: World) -> dict:
    return world.solved(
        double="import numpy as np\n\ndef double(number):\n    return np.float64(2) * number",
        scale="def scale(images, weight):\n    return images.double().numpy() * weight",
        total="def total(images):\n    return images.sum().item()",
    )


@attack(KIND, "a right answer changes the state of torch: seeds, threads, default precision, no gradients")
def state_of_torch(world: World) -> dict:
    return world.with_cell("""
torch.manual_seed(7)
torch.set_num_threads(2)
torch.set_grad_enabled(False)
torch.use_deterministic_algorithms(True)
""")


@attack(KIND, "a cell between the answers fails")
def own_cell_fails(world: World) -> dict:
    return world.with_cell("undefined_name + 1", before="scale")


@attack(KIND, "a cell of the student's own loads data with workers and asks for input")
def workers(world: World) -> dict:
    return world.with_cell("""
from torch.utils.data import DataLoader
print(len(list(DataLoader(range(8), num_workers=2))))
name = input("your name? ")
""")


@attack(KIND, "one exercise is not answered, the others are", loses="scale")
def one_left_out(world: World) -> dict:
    solved = world.solved()
    return world.untouched(**{name: text(cell_of(solved, name)) for name in ("double", "total")})


@attack(KIND, "nothing is answered", loses=EVERYTHING)
def untouched(world: World) -> dict:
    return world.untouched()


@attack(KIND, "an answer uses cell magics, the walrus, type hints and a coroutine")
def modern_python(world: World) -> dict:
    return world.with_cell("import asyncio\nawait asyncio.sleep(0)", notebook=world.solved(double="""%%time
def double(number: float) -> float:
    return (twice := number + number)
"""))  # fmt: skip
