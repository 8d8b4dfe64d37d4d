# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Grade a class on Colab
#
# For instructors. This notebook grades a zip of hand-ins, as Canvas or Moodle gives it or with one folder a student, on a
# Colab CPU; a GPU is not needed and makes nothing faster. You need your own copy of the course's repository, with
# `solutions/`: tests are made from it, and students' code never sees them.
#
# Work through the cells from top to bottom. Everything that is worth keeping, the gradebook too, goes to `CLASS`: put it on
# your Drive, and it outlasts this runtime. A second run grades only what has changed.

# %%
# @title What to grade, and with what
REPOSITORY = "{{ repository }}"  # @param {type: "string"}
HAND_INS = "/content/drive/MyDrive/hand-ins.zip"  # @param {type: "string"}
CLASS = "/content/drive/MyDrive/from-noise-class"  # @param {type: "string"}
TRUST = ""  # @param ["", "--i-trust-these-notebooks"]
COURSE = "/content/from-noise/.venv/bin/course"

from google.colab import drive

drive.mount("/content/drive")

# %% [markdown]
# The course and its packages go into an environment of their own, which takes some five minutes. A private repository needs
# a token in its address: `https://TOKEN@github.com/...`.

# %%
# !git clone --quiet {REPOSITORY} /content/from-noise
# !make -C /content/from-noise setup

# %% [markdown]
# How far can this machine shut students' code in? Below the level *walled*, grading is refused. On Colab there is nothing
# but your Drive to be lost: unmount it, or use an account of its own, before you set `TRUST` to `--i-trust-these-notebooks`.

# %%
# !{COURSE} sandbox

# %%
# !{COURSE} release --course {CLASS}
# !{COURSE} grade {HAND_INS} --course {CLASS} {TRUST}

# %% [markdown]
# The report: marks by exercise, the mistakes that most made, and what needs a look.

# %%
# !{COURSE} report --course {CLASS} --to /content/report
from pathlib import Path

from IPython.display import HTML, display

display(HTML(Path("/content/report/index.html").read_text()))

# %% [markdown]
# Feedback for each student, and the marks for your platform: `--format canvas` or `--format moodle`, with `--roster` its own file.

# %%
# !{COURSE} feedback --course {CLASS}
# !{COURSE} export --course {CLASS} --to /content/marks.csv
from google.colab import files

files.download("/content/marks.csv")
