"""Where nbgrader finds the steps of a class, what students see in place of a solution, and what runs a submission.

`course build`, `course release`, `course grade`, `course feedback` and a plain `nbgrader` or formgrader started in this
folder all read this file.
"""

from pathlib import Path

c = get_config()  # noqa: F821 - traitlets puts it there

# One folder holds a class: source, release, mended, autograded, feedback and gradebook.db.
c.CourseDirectory.root = str(Path(__file__).resolve().parent / "class")
c.CourseDirectory.course_id = "from_noise"
# What nbgrader grades is what the intake wrote: the hand-ins themselves stay as they came, in a folder of their own.
c.CourseDirectory.submitted_directory = "mended"

# The released notebook.
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("write your answer here, then run the check below")',
}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"
c.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "END SOLUTION"
c.ClearHiddenTests.begin_test_delimeter = "BEGIN HIDDEN TESTS"
c.ClearHiddenTests.end_test_delimeter = "END HIDDEN TESTS"

# Grading: test cells are always ours, and a deleted one comes back.
c.OverwriteCells.add_missing_cells = True
c.Autograde.autograde_preprocessors = [
    "notebook_grader.gradebook.executor.GradingExecute",  # in the place of nbgrader's Execute
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GradingExecute.cell_limit = 60  # seconds
c.GradingExecute.notebook_limit = 600  # seconds
# Read by nbgrader's own Execute alone, where somebody puts it back: a graceful end costs 2 s a notebook.
c.Execute.timeout = 60
c.Execute.interrupt_on_timeout = True
c.Execute.shutdown_kernel = "immediate"

# Feedback: without hidden tests.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "notebook_grader.gradebook.feedback.HideTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
