# ---
# title: Target
# time: {t4: 1 min, cpu: 1 min}
# ---

# %% [markdown]
# # Target
#
# The chapter that is attacked: three exercises that do not need one another, and a written answer. The first is checked
# by bare asserts, the others by the real checks' StudentFunction.

# %% setup=true
import torch
from helpers.checks.student_function import StudentFunction

# %% [markdown]
# Write `double(number)` (one line).


# %% exercise="double"
def double(number):
    """Return twice a number."""
    ### BEGIN SOLUTION
    return number + number
    ### END SOLUTION


# %% check="double" points=2
assert double(21) == 42, "double(21) should be 42"
### BEGIN HIDDEN TESTS
assert abs(double(-1.5) + 3) < 1e-9, "halves are doubled, too"
assert double(73810267) == 147620534, "large numbers are doubled, too"
### END HIDDEN TESTS

# %% [markdown]
# Write `scale(images, weight)`, pictures times a number (one line).


# %% exercise="scale"
def scale(images, weight):
    """Return the pictures multiplied by a number."""
    ### BEGIN SOLUTION
    return weight * images
    ### END SOLUTION


# %% check="scale" points=3
import torch  # noqa: F811 - a test stands alone


def check_scale(function, seed):
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    answer = StudentFunction("scale", function).picture(images, 0.25 * seed, shape=images.shape)
    expected = 0.25 * seed * images.double()
    assert torch.allclose(answer.value, expected, rtol=1e-2), "the pictures are not scaled"


check_scale(scale, 1)
### BEGIN HIDDEN TESTS
check_scale(scale, 73102)
### END HIDDEN TESTS

# %% [markdown]
# Write `total(images)`, the sum of all pixels, a single number (one line).


# %% exercise="total"
def total(images):
    """Return the sum of all pixels."""
    ### BEGIN SOLUTION
    return images.sum()
    ### END SOLUTION


# %% check="total" points=4
import torch  # noqa: F811 - a test stands alone


def check_total(function, seed):
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    answer = StudentFunction("total", function).number(images)
    assert abs(float(answer.value) - float(images.double().sum())) < 1, "the sum is wrong"


check_total(total, 2)
### BEGIN HIDDEN TESTS
check_total(total, 73103)
### END HIDDEN TESTS

# %% [markdown] reflection="why" points=1
# Why is a double even?
#
# ### BEGIN SOLUTION
# It is twice a number.
# ### END SOLUTION
