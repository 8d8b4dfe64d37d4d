"""The sample class: students as small transformations of the released notebook, each with the mark it deserves."""

from course.sample_class.material import Material, read_material
from course.sample_class.students import Student, everybody, make_class, write_hand_ins

__all__ = ["Material", "Student", "everybody", "make_class", "read_material", "write_hand_ins"]
