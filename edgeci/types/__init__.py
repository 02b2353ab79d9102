"""The nine nouns (and the few nouns they are made of), frozen and strict.

Every record in the workspace and every section of edgeci.yaml is one of these. An unknown key is an error; NaN is kept
as NaN, because a broken measurement must stay visible. Paths in records are relative to the workspace.

A family of nouns has a module; everybody else imports from here, so a noun can move without anybody noticing.
"""

from edgeci.types.answers import Detection, OwnMetric, SymbolSequence
from edgeci.types.candidate import Agreement, Candidate, Made, OutputAgreement, Skipped
from edgeci.types.conditions import Conditions
from edgeci.types.data import ClassIndex, DataSource, Text
from edgeci.types.evidence import Change, Evidence
from edgeci.types.gate import Gate, Waiver
from edgeci.types.installation import Check, Installed
from edgeci.types.job import Items, Job, Scores
from edgeci.types.machine import Fact, Passport
from edgeci.types.measurement import Against, Measurement
from edgeci.types.model import Assessment, Concern, ConcernCode, Description, File, Format, ModelFile, Tensor
from edgeci.types.noun import Name, Noun
from edgeci.types.origin import Belongs, Origin, Owned
from edgeci.types.profile import Bandwidth, Bottleneck, BottleneckKind, Compared, Observed, OperatorTime, Profile
from edgeci.types.recipe import Branch, Explanation, Planned, Recipe
from edgeci.types.release import Release
from edgeci.types.target import Target
from edgeci.types.verdict import WORST_FIRST, Decision, Outcome, Verdict

__all__ = [
    "WORST_FIRST",
    "Against",
    "Agreement",
    "Assessment",
    "Bandwidth",
    "Belongs",
    "Bottleneck",
    "BottleneckKind",
    "Branch",
    "Candidate",
    "Change",
    "Check",
    "ClassIndex",
    "Compared",
    "Concern",
    "ConcernCode",
    "Conditions",
    "DataSource",
    "Decision",
    "Description",
    "Detection",
    "Evidence",
    "Explanation",
    "Fact",
    "File",
    "Format",
    "Gate",
    "Installed",
    "Items",
    "Job",
    "Made",
    "Measurement",
    "ModelFile",
    "Name",
    "Noun",
    "Observed",
    "OperatorTime",
    "Origin",
    "Outcome",
    "OutputAgreement",
    "OwnMetric",
    "Owned",
    "Passport",
    "Planned",
    "Profile",
    "Recipe",
    "Release",
    "Scores",
    "Skipped",
    "SymbolSequence",
    "Target",
    "Tensor",
    "Text",
    "Verdict",
    "Waiver",
]
