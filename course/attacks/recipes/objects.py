"""Lying objects: answers that are no numbers, but say that they are right."""

from course.attacks.recipes.kit import REAL, World, attack

KIND = "lying objects"


@attack(KIND, "the answer is an object that is equal to everything", loses="double")
def equal_to_everything(world: World) -> dict:
    return world.solved(
        double="""
class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __add__(self, other): return self
    def __abs__(self): return self
    __gt__ = __le__ = __ge__ = __lt__
    __sub__ = __radd__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __add__
    def __hash__(self): return 0

def double(number):
    return Yes()
"""
    )


@attack(KIND, "the answer is a number of a subclass that compares as it likes", loses="double")
def number_that_compares(world: World) -> dict:
    return world.solved(
        double="""
class Number(float):
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __add__(self, other): return self
    def __abs__(self): return self
    __hash__ = float.__hash__

def double(number):
    return Number(0)
"""
    )


@attack(KIND, "the answer is a tensor of a subclass for which every comparison holds", loses="scale")
def tensor_that_compares(world: World) -> dict:
    return world.solved(
        scale="""
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in ("allclose", "equal", "isclose"):
            return True
        if name in ("detach", "to", "double", "float", "cpu", "clone"):
            return args[0]
        return super().__torch_function__(function, types, args, kwargs or {})

def scale(images, weight):
    return torch.zeros_like(images).as_subclass(Liar)
"""
    )


@attack(KIND, "the answer turns into the expected array, which it takes from the test's frame", loses="scale")
def array_that_looks_around(world: World) -> dict:
    return world.solved(
        scale="""
import sys
import numpy as np

class Chameleon:
    def __array__(self, dtype=None, copy=None):
        frame = sys._getframe()
        while frame:
            if "check_" in frame.f_code.co_name and "images" in frame.f_locals:
                found = frame.f_locals
                return (0.25 * found["seed"] * found["images"].double()).numpy()
            frame = frame.f_back
        return np.zeros((2, 3, 8, 8))

def scale(images, weight):
    return torch.from_numpy(np.asarray(Chameleon()))
"""
    )


@attack(KIND, "the answer says by __class__ that it is a tensor, and answers everything with itself", loses="scale")
def object_in_disguise(world: World) -> dict:
    return world.solved(
        scale="""
class Disguise:
    __class__ = property(lambda self: torch.Tensor)
    shape = (2, 3, 8, 8)
    dtype = torch.float32
    def __getattr__(self, name): return lambda *args, **kwargs: self
    def __bool__(self): return True
    def __eq__(self, other): return True
    def __iter__(self): return iter([0.0])
    def __float__(self): return 0.0
    def __len__(self): return 2

def scale(images, weight):
    return Disguise()
"""
    )


@attack(KIND, "the answer's pickle, iteration and representation write a file", loses=("double", "scale", "total"))
def object_that_acts_when_read(world: World) -> dict:
    return world.solved(
        **{
            name: f"""
class Trap:
    def _act(self, *args):
        open({str(world.trace)!r}, "w").close()
        return "0"
    def __reduce__(self):
        return exec, ("open({str(world.trace)!r}, 'w').close()",)
    __repr__ = __str__ = _act

def {name}(*args):
    return Trap()
"""
            for name in ("double", "scale", "total")
        }
    )


@attack(KIND, "a tensor with a lying comparison on the chapter of the forward process", loses="forward", chapter=REAL)
def tensor_that_compares_in_a_chapter(world: World) -> dict:
    return world.solved(
        forward="""
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in ("detach", "to", "double", "cpu", "sub", "mul", "abs"):
            return args[0]
        return True

def forward(im, t):
    return im.clone().as_subclass(Liar)
"""
    )
