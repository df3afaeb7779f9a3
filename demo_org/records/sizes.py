"""Says how many records of each kind an org has, and who they belong to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mixture:
    """Who the generated records are about. The demo org has some of everything; the real one is mostly students."""

    # Of so many affiliations (the last number) the first are of volunteers, up to the second of teachers.
    affiliation_sides: tuple[int, int, int] = (5, 6, 10)
    # One participant in so many is a teacher; of each group (the last number) so many are volunteers.
    teachers_every: int = 50
    volunteer_turns: tuple[int, int] = (1, 4)
    enrolled_percent: float = 90  # of students and teachers, those with a school
    household_percent: float = 20  # of all people, those with a household


# 27,771 of 145,266 students had a school; 354,000 affiliations were mostly theirs; of 70,000 participants
# 20,000 were volunteers and 49,000 students. NPSP makes a household for whoever has no account.
REAL_MIXTURE = Mixture(
    affiliation_sides=(5, 8, 100),
    teachers_every=70,
    volunteer_turns=(2, 7),
    enrolled_percent=19,
    household_percent=100,
)


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
    mixture: Mixture = Mixture()

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

    @classmethod
    def real(cls, share: float = 1) -> "Sizes":
        """The counts of the organization that Landfall was written for, or a share of them.

        Volunteers and teachers together are the 22,300 people that staff deal with. How many households, classes,
        cases and pathways there are is not known; those counts are guesses of the right order.
        """
        if not 0 < share <= 10:
            raise ValueError("a share of the real organization is above 0 and at most 10")

        def part(count: int, least: int = 3) -> int:
            return max(least, round(count * share))

        return cls(
            districts_count=part(40, 12),
            schools=part(178, 60),
            organizations=part(3_800, 10),
            households=part(60_000),
            volunteers=part(12_600),
            teachers=part(9_700),
            students=part(160_000),
            affiliations=part(354_000),
            classes=part(600, 8),
            sessions=part(3_450, 10),
            participants=part(70_000),
            tasks=part(30_000, 10),
            emails=part(20_000, 10),
            cases=part(2_000),
            pathways=part(12),
            pathway_sessions=part(400),
            pathway_participants=part(3_000),
            mixture=REAL_MIXTURE,
        )
