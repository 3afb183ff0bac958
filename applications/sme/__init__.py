"""The SME test: how large an enterprise is together with its group. Pure: no database, no clock.

Law: Recommendation 2003/361/EC, Annex. `ceilings` holds the sizes and the two-period rule, `group` who is linked and who a
partner, `judgement` the totals and the explained result, `reading` the JSON of a group.
"""

from applications.sme.ceilings import CEILINGS, SME_CATEGORIES, Category, Ceiling, category_of, is_sme, lasting
from applications.sme.group import Consolidated, Enterprise, Figures, Group, GroupError, Holding, InvestorType
from applications.sme.judgement import Judgement, Member, judge
from applications.sme.reading import explanation, group_of, told

__all__ = [
    "CEILINGS",
    "SME_CATEGORIES",
    "Category",
    "Ceiling",
    "Consolidated",
    "Enterprise",
    "Figures",
    "Group",
    "GroupError",
    "Holding",
    "InvestorType",
    "Judgement",
    "Member",
    "category_of",
    "explanation",
    "group_of",
    "is_sme",
    "judge",
    "lasting",
    "told",
]
