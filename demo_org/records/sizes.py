"""Says how many records of each kind an org has."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Counts of generated records. The hand-written ones come on top, in every org."""

    districts_count: int
    schools: int
    organizations: int
    households: int
    volunteers: int
    teachers: int
    students: int
    affiliations: int
    classes: int
    sessions: int
    participants: int
    tasks: int
    emails: int
    cases: int
    pathways: int
    pathway_sessions: int
    pathway_participants: int

    @property
    def contacts(self) -> int:
        """Everybody."""
        return self.volunteers + self.teachers + self.students

    @classmethod
    def of(cls, scale: int, contacts: int | None = None) -> "Sizes":
        """The counts for so many volunteers; `contacts` sets the number of contacts alone, for measuring.

        Districts and schools never go below the twelve and sixty that seeds and tests name by Id.
        """
        if scale < 1 or (contacts is not None and contacts < 3):
            raise ValueError("an org has a scale of at least 1, and at least 3 contacts")
        volunteers, teachers, students = scale, max(1, scale // 3), scale * 12
        if contacts is not None:
            volunteers, teachers = min(volunteers, contacts // 3), min(teachers, contacts // 3)
            students = contacts - volunteers - teachers
        return cls(
            districts_count=max(12, scale // 25),
            schools=max(60, scale // 5),
            organizations=max(10, scale // 2),
            households=max(2, scale * 2 // 15),
            volunteers=volunteers,
            teachers=teachers,
            students=students,
            affiliations=scale * 5,
            classes=max(8, scale * 2 // 15),
            sessions=max(10, scale * 4 // 3),
            participants=scale * 20,
            tasks=max(10, scale * 8 // 3),
            emails=max(10, scale * 5 // 3),
            cases=max(3, scale // 5),
            pathways=max(3, scale // 60),
            pathway_sessions=max(3, scale // 10),
            pathway_participants=max(3, scale // 3),
        )
