"""Who may do what: every address, every role, one table. Reviewed by people; a new address needs its row.

Rules behind it: what a person may not know of is missing (404), the same as what does not exist; what may be read but not
done is forbidden (403). Without a sign-in everything but the public pages leads to the sign-in. A page in whose row a method
is not named refuses that method (405). Drafts belong to their authors alone: not even the team of the Eurocluster, the
auditor or the administrator reads them. The applicants' own pages (sections, check, submit) do not exist for the team,
which reads what was handed in on pages of its own. Observers, auditors and administrators read, and change nothing.
Whoever prepares money never releases it; who may try is told here, that it takes two people is tested in tests/vouchers.

Outcomes: ok · in (to the sign-in) · 403 · 404. People:

anon   without a sign-in                      expt   expert who accepted to read the application
newc   signed in, without any role            exp2   expert of the pool who was not asked
rivl   applies with another application       mang fina ownr obsv   the team of the Eurocluster
lead   leads the application                  man2   manager of another Eurocluster
part   partner in the application             audi admi   auditor and administrator of all Euroclusters
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from applications.join_links import join_token

if TYPE_CHECKING:
    from tests.architecture.world import World

PEOPLE = (
    "anon",
    "newc",
    "rivl",
    "lead",
    "part",
    "expt",
    "exp2",
    "mang",
    "fina",
    "ownr",
    "obsv",
    "man2",
    "audi",
    "admi",
)

TABLE = """
METHOD  ADDRESS                  OF               anon newc rivl lead part expt exp2 mang fina ownr obsv man2 audi admi
----- everybody --------------------------------------------------------------------------------------------------------
GET     home                     -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     accents_css              -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_list                -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_detail              open_call        ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_check               open_call        ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_check               decided_call     ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_check               draft_call       404  404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     verify                   -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    verify                   -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_detail              decided_call     ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_detail              draft_call       404  404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_document            open_document    ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_document            draft_document   404  404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     calls_open_data          -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     calls_calendar           -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     calls_feed               -                ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_calendar            open_call        ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     call_calendar            draft_call       404  404  404  404  404  404  404  404  404  404  404  404  404  404
POST    session_renew            -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    question_ask             open_call        in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    question_ask             draft_call       in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     eurocluster_detail       eurocluster      ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     eurocluster_logo         logo             ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     invitation_answer        invitation       ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    invitation_answer        invitation       ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     team_invitation_answer   team_invitation  ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    team_invitation_answer   team_invitation  in   ok   403  403  403  403  403  403  403  403  403  403  403  403
GET     member_invitation_answer member_invited   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    member_invitation_answer member_invited   in   ok   403  403  403  403  403  403  403  403  403  403  403  403
----- everybody signed in ----------------------------------------------------------------------------------------------
GET     desk                     -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     message_list             -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    messages_mark_read       -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    message_mark_read        message          in   404  404  ok   404  404  404  404  404  404  404  404  404  404
----- organisations ----------------------------------------------------------------------------------------------------
GET     organisation_list        -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     organisation_create      -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    organisation_create      -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     organisation_detail      organisation     in   404  404  ok   404  404  404  ok   ok   ok   ok   404  ok   ok
GET     organisation_detail      drafting_firm    in   404  404  ok   404  404  404  404  404  404  404  404  404  404
GET     organisation_edit        organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    organisation_edit        organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     organisation_history     organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     organisation_periods     organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    organisation_periods     organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    period_remove            firm_period      in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     organisation_people      organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    organisation_people      organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    member_role              firm_member      in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     member_remove            firm_member      in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    member_remove            firm_member      in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    member_invitation_cancel firm_invited     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    join_request_decide      firm_asked       in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     organisation_join        join_link        in   ok   404  404  404  404  404  404  404  404  404  404  404  404
POST    organisation_join        join_link        in   ok   404  404  404  404  404  404  404  404  404  404  404  404
POST    join_request_withdraw    others_request   in   404  404  404  404  404  404  404  404  404  404  404  404  404
GET     sme_overview             organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     sme_overview             drafting_firm    in   404  404  ok   404  404  404  404  404  404  404  404  404  404
POST    sme_begin                organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     sme_question             sme_question     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    sme_question             sme_question     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     sme_group                organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    sme_group                organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     sme_result               organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    sme_result               organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     sme_declaration_download sme_declaration  in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     bank_account_edit        organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    bank_account_edit        organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     de_minimis_aid           organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    de_minimis_aid           organisation     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
POST    de_minimis_remove        declared_aid     in   404  404  ok   404  404  404  403  403  403  403  404  403  403
----- applications -----------------------------------------------------------------------------------------------------
GET     application_list         -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     application_start        open_call        in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    application_start        open_call        in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     application_start        draft_call       in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    application_start        draft_call       in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     application_detail       draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     application_detail       submitted        in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     application_detail       eligible         in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     section_edit             draft_section    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    section_edit             draft_section    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     section_edit             sent_section     in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    section_edit             sent_section     in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     partner_section_edit     partner_costs    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    partner_section_edit     partner_costs    in   404  404  403  ok   404  404  404  404  404  404  404  404  404
GET     question_files           draft_question   in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    question_files           draft_question   in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     partner_question_files   partner_question in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    partner_question_files   partner_question in   404  404  403  ok   404  404  404  404  404  404  404  404  404
POST    attachment_remove        draft_attached   in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     attachment_download      draft_file       in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     attachment_download      sent_file        in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     attachment_download      read_file        in   404  404  ok   ok   ok   404  ok   ok   ok   ok   404  ok   ok
GET     attachment_download      answers_file     in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     clarification_answer     answer           in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    clarification_answer     answer           in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     eligibility_letter       eligible         in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     eligibility_letter       closed           in   404  404  404  404  404  404  404  404  404  404  404  404  404
POST    draft_here               draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     section_comments         draft_section    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    section_comments         draft_section    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     partner_section_comments partner_costs    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    partner_section_comments partner_costs    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     texts_aside              draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    text_put                 draft_aside      in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    text_drop                draft_aside      in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    comment_settle           draft_comment    in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     answers_copy             draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    answers_copy             draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     draft_read               draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     draft_read               submitted        in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     draft_paper              draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    draft_paper              draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     application_check        draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
POST    application_submit       draft            in   404  404  ok   403  404  404  404  404  404  404  404  404  404
GET     application_confirmation submission       in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     receipt_download         submission       in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     application_read         draft            in   404  404  ok   ok   404  404  404  404  404  404  404  404  404
GET     application_read         submitted        in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     application_read         eligible         in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     application_withdraw     submitted        in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    application_withdraw     submitted        in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    application_restore      submitted        in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    form_take_over           submitted        in   404  404  ok   403  404  404  404  404  404  404  404  404  404
GET     partner_invite           draft            in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    partner_invite           draft            in   404  404  ok   403  404  404  404  404  404  404  404  404  404
GET     partner_role             draft_partner    in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    partner_role             draft_partner    in   404  404  ok   403  404  404  404  404  404  404  404  404  404
GET     partner_remove           draft_partner    in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    partner_remove           draft_partner    in   404  404  ok   403  404  404  404  404  404  404  404  404  404
GET     participation_confirm    draft_partner    in   404  404  403  ok   404  404  404  404  404  404  404  404  404
POST    participation_confirm    draft_partner    in   404  404  403  ok   404  404  404  404  404  404  404  404  404
POST    partner_remind           draft_partner    in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    invitation_cancel        draft_invitation in   404  404  ok   403  404  404  404  404  404  404  404  404  404
POST    invitation_again         draft_invitation in   404  404  ok   403  404  404  404  404  404  404  404  404  404
GET     application_result       signing          in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     result_letter            signing          in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
----- running a call ---------------------------------------------------------------------------------------------------
GET     manage_eurocluster       eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     budget_detail            eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     budget_csv               eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     budget_xlsx              eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     budget_forecast          eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     eurocluster_figures      eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     eurocluster_figure_file  line_figure      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_figures             open_call        in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_figures             draft_call       in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_figure_file         call_figure      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_figure_file         draft_figure     in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     transfer_list            eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    transfer_list            eurocluster      in   404  404  404  404  404  404  ok   ok   ok   403  404  403  ok
POST    transfer_approve         transfer         in   404  404  404  404  404  404  403  ok   ok   403  404  403  403
POST    transfer_refuse          transfer         in   404  404  404  404  404  404  403  ok   ok   403  404  403  403
POST    transfer_withdraw        transfer         in   404  404  404  404  404  404  ok   403  403  403  404  403  403
GET     team_detail              eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    team_detail              eurocluster      in   404  404  404  404  404  404  403  403  ok   403  404  403  ok
POST    team_invitation_cancel   team_asked       in   404  404  404  404  404  404  403  403  ok   403  404  403  ok
GET     eurocluster_list         -                in   404  404  404  404  404  404  ok   ok   ok   ok   ok   ok   ok
GET     country_list_list        -                in   404  404  404  404  404  404  ok   ok   ok   ok   ok   ok   ok
GET     country_list_detail      country_list     in   404  404  404  404  404  404  ok   ok   ok   ok   ok   ok   ok
POST    country_list_detail      country_list     in   404  404  404  404  404  404  403  403  403  403  403  403  ok
GET     country_leave            listed_country   in   404  404  404  404  404  404  403  403  403  403  403  403  ok
POST    country_leave            listed_country   in   404  404  404  404  404  404  403  403  403  403  403  403  ok
GET     job_list                 -                in   404  404  404  404  404  404  404  404  404  404  404  404  ok
POST    jobs_retry               -                in   404  404  404  404  404  404  404  404  404  404  404  404  ok
POST    job_retry                stopped_job      in   404  404  404  404  404  404  404  404  404  404  404  404  ok
POST    job_give_up              stopped_job      in   404  404  404  404  404  404  404  404  404  404  404  404  ok
GET     eurocluster_create       -                in   404  404  404  404  404  404  403  403  403  403  403  403  ok
POST    eurocluster_create       -                in   404  404  404  404  404  404  403  403  403  403  403  403  ok
GET     profile_edit             eurocluster      in   404  404  404  404  404  404  403  403  ok   403  404  403  ok
POST    profile_edit             eurocluster      in   404  404  404  404  404  404  403  403  ok   403  404  403  ok
GET     partners_edit            eurocluster      in   404  404  404  404  404  404  403  403  ok   403  404  403  ok
POST    partners_edit            eurocluster      in   404  404  404  404  404  404  403  403  ok   403  404  403  ok
GET     payer_edit               eurocluster      in   404  404  404  404  404  404  403  403  ok   403  404  403  403
POST    payer_edit               eurocluster      in   404  404  404  404  404  404  403  403  ok   403  404  403  403
GET     budget_line_create       eurocluster      in   404  404  404  404  404  404  403  403  403  403  404  403  ok
POST    budget_line_create       eurocluster      in   404  404  404  404  404  404  403  403  403  403  404  403  ok
GET     budget_line_rename       line             in   404  404  404  404  404  404  403  403  403  403  404  403  ok
POST    budget_line_rename       line             in   404  404  404  404  404  404  403  403  403  403  404  403  ok
POST    role_end                 managers_role    in   404  404  404  404  404  404  403  403  ok   403  404  403  ok
GET     call_create              eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_create              eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_manage              open_call        in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_manage              draft_call       in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_announcement        open_call        in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_announcement        draft_call       in   404  404  404  404  404  404  404  404  404  404  404  404  404
GET     call_from_file           eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_from_file           eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_export              open_call        in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_export              draft_call       in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     call_edit                draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_edit                draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_builder             draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_builder             open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_start               draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_move                draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_standard            draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_discard             open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_section_create      draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_section_create      draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_section_change      form_section     in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_section_change      form_section     in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_section_remove      form_section     in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_question_create     form_section     in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_question_create     form_section     in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_question_change     form_question    in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_question_change     form_question    in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_question_remove     form_question    in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_preview             form_section     in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_preview             form_section     in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     form_put_in_force        open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    form_put_in_force        open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_publish             draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_publish             draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_documents           open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_documents           open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_documents           draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_documents           draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_document_remove     open_document    in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_document_remove     open_document    in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_document_remove     draft_document   in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_document_remove     draft_document   in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_correct             open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_correct             open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_extend              open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_extend              open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_freeze              open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_freeze              open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_unfreeze            open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_unfreeze            open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_cancel              open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    call_cancel              open_call        in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     question_answer          question         in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     question_correct         question         in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    question_correct         question         in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    question_answer          question         in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_applications        open_call        in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     eurocluster_applications eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     eurocluster_calls        eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    bulk_check               eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    bulk_check_confirm       eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    bulk_write               eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    bulk_send                eurocluster      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    saved_view_rename        saved_view       in   404  404  404  404  404  404  ok   404  404  404  404  404  404
POST    saved_view_delete        saved_view       in   404  404  404  404  404  404  ok   404  404  404  404  404  404
POST    saved_view_save          -                in   403  403  403  403  403  403  403  403  403  403  403  403  403
GET     overlap_list             closed           in   404  404  404  404  404  404  ok   403  ok   403  404  ok   ok
GET     overlap_list             draft            in   404  404  404  404  404  404  404  404  404  404  404  404  404
GET     overlap_detail           closed_twice     in   404  404  404  404  404  404  404  403  404  403  404  404  404
GET     eligibility_check        closed           in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    eligibility_check        closed           in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     eligibility_check        draft            in   404  404  404  404  404  404  404  404  404  404  404  404  404
POST    eligibility_check        draft            in   404  404  404  404  404  404  404  404  404  404  404  404  404
GET     eligibility_override     closed_rule      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    eligibility_override     closed_rule      in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     clarification_ask        closed           in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    clarification_ask        closed           in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     clarification_extend     answer           in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    clarification_extend     answer           in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    clarification_cancel     answer           in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
----- evaluation -------------------------------------------------------------------------------------------------------
GET     assignment_list          -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     assignment_detail        reading          in   404  404  404  404  ok   404  403  403  403  403  404  403  403
GET     assignment_detail        invited          in   404  404  404  404  404  404  403  403  403  403  404  403  403
POST    assignment_answer        reading          in   404  404  404  404  ok   404  403  403  403  403  404  403  403
POST    assignment_answer        invited          in   404  404  404  404  404  404  403  403  403  403  404  403  403
GET     review_edit              reading          in   404  404  404  404  ok   404  403  403  403  403  404  403  403
POST    review_edit              reading          in   404  404  404  404  ok   404  403  403  403  403  404  403  403
GET     review_edit              invited          in   404  404  404  404  404  404  403  403  403  403  404  403  403
POST    review_edit              invited          in   404  404  404  404  404  404  403  403  403  403  404  403  403
GET     review_check             reading          in   404  404  404  404  ok   404  403  403  403  403  404  403  403
POST    review_submit            reading          in   404  404  404  404  ok   404  403  403  403  403  404  403  403
GET     call_evaluation          evaluated_call   in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    assignment_create        eligible         in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    assignment_withdraw      reading          in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
GET     call_ranking             decided_call     in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    ranking_make             evaluated_call   in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    ranking_decide           evaluated_call   in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    ranking_serve            evaluated_call   in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    ranking_finish           evaluated_call   in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    reserve_award            reserve          in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
POST    publication_send_back    draft_call       in   404  404  404  404  404  404  ok   403  ok   403  404  403  403
----- agreements, vouchers, claims -------------------------------------------------------------------------------------
GET     agreement_list           -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
POST    agreement_prepare_all    -                in   403  403  403  403  403  403  ok   403  ok   403  ok   403  403
POST    agreement_prepare        awarded          in   404  404  403  403  404  404  ok   403  ok   403  404  403  403
GET     agreement_detail         agreement        in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
GET     agreement_download       agreement        in   404  404  ok   ok   404  404  ok   ok   ok   ok   404  ok   ok
POST    agreement_sign           funders_part     in   404  404  403  403  404  404  ok   403  ok   403  404  403  403
POST    agreement_sign           leads_part       in   404  404  ok   403  404  404  403  403  403  403  404  403  403
GET     voucher_list             -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     voucher_detail           voucher          in   404  404  ok   404  404  404  ok   ok   ok   ok   404  ok   ok
GET     recovery_ask             voucher          in   404  404  403  404  404  404  403  ok   403  403  404  403  403
POST    recovery_ask             voucher          in   404  404  403  404  404  404  403  ok   403  403  404  403  403
POST    recovery_confirm         recovery         in   404  404  403  404  404  404  403  ok   ok   403  404  403  403
POST    recovery_cancel          recovery         in   404  404  403  404  404  404  403  ok   403  403  404  403  403
POST    claim_submit             instalment       in   404  404  ok   404  404  404  403  403  403  403  404  403  403
GET     claim_list               -                in   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
GET     claim_detail             claim            in   404  404  ok   404  404  404  ok   ok   ok   ok   404  ok   ok
POST    claim_approve            claim            in   404  404  403  404  404  404  403  ok   403  403  404  403  403
POST    claim_reject             claim            in   404  404  403  404  404  404  403  ok   403  403  404  403  403
----- payments ---------------------------------------------------------------------------------------------------------
GET     finance_desk             eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     batch_list               eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
GET     recovery_list            eurocluster      in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    batch_prepare            eurocluster      in   404  404  404  404  404  404  403  ok   403  403  404  403  403
GET     batch_detail             prepared_batch   in   404  404  404  404  404  404  ok   ok   ok   ok   404  ok   ok
POST    batch_release            prepared_batch   in   404  404  404  404  404  404  403  ok   ok   403  404  403  403
POST    batch_cancel             prepared_batch   in   404  404  404  404  404  404  403  ok   403  403  404  403  403
POST    batch_pay                released_batch   in   404  404  404  404  404  404  403  ok   403  403  404  403  403
GET     batch_file               released_batch   in   404  404  404  404  404  404  403  ok   ok   403  404  403  403
"""

#: Addresses without a row, and why.
ELSEWHERE = {
    "health_live": "asked by machines; tests/architecture/test_operations.py",
    "health_ready": "asked by machines; tests/architecture/test_operations.py",
    "styleguide": "for developers; missing in production, see test_access.py",
    "developer_mail": "for developers; missing in production, see test_access.py",
    "developer_mail_show": "for developers; missing in production, see test_access.py",
    "developer_mail_html": "for developers; missing in production, see test_access.py",
}

Found = tuple[tuple[Any, ...], str, dict[str, str]]


def _application(stage: str) -> Callable[[World], Found]:
    return lambda world: ((world.pairs[stage].application.pk,), stage, {})


def _of(stage: str, args: Callable[[World], tuple[Any, ...]], **data: str) -> Callable[[World], Found]:
    return lambda world: (args(world), stage, data)


def _firm(world: World) -> tuple[int]:
    return (world.firm.pk,)


def _partner(world: World, stage: str) -> Any:
    return world.pairs[stage].application.participations.get(role="partner")


def _leads_part(world: World) -> Found:
    party = world.pairs["signing"].organisations[0].pk
    return (world.agreements["signing"].pk,), "signing", {"party": str(party)}


#: What a row is about: the arguments of the address, the application whose lead and partner are meant, a form to post.
TARGETS: dict[str, Callable[[World], Found]] = {
    "-": _of("draft", lambda _: ()),
    "eurocluster": _of("draft", lambda world: (world.eurocluster.slug,)),
    "managers_role": _of("draft", lambda world: (world.eurocluster.slug, world.role_of("manager").pk)),
    "line": _of("draft", lambda world: (world.eurocluster.slug, world.line.code)),
    "line_figure": _of("draft", lambda world: (world.eurocluster.slug, "waterfall", "csv")),
    "call_figure": _of("draft", lambda world: (world.open_call.code, "workload", "csv")),
    "draft_figure": _of("draft", lambda world: (world.draft_call.code, "funnel", "xlsx")),
    "country_list": _of("draft", lambda world: (world.listed_country.country_list.code,)),
    "listed_country": _of("draft", lambda world: (world.listed_country.country_list.code, world.listed_country.pk)),
    "stopped_job": _of("draft", lambda world: (world.stopped_job.pk,)),
    "recovery": _of("claiming", lambda world: (world.recovery.pk,)),
    "transfer": _of("draft", lambda world: (world.eurocluster.slug, world.transfer.pk)),
    "logo": _of("draft", lambda world: (world.eurocluster.slug, world.logo.sha256[:16])),
    "saved_view": _of("draft", lambda world: (world.saved_view.pk,)),
    "team_invitation": _of("draft", lambda world: (world.team_invitation.token,)),
    "team_asked": _of("draft", lambda world: (world.eurocluster.slug, world.team_invitation.pk)),
    "open_call": _of("draft", lambda world: (world.open_call.code,)),
    "draft_call": _of("draft", lambda world: (world.draft_call.code,)),
    "form_section": _of("draft", lambda world: (world.draft_call.code, "project")),
    "form_question": _of("draft", lambda world: (world.draft_call.code, "project", "title")),
    "evaluated_call": _of("eligible", lambda world: (world.evaluated_call.code,)),
    "decided_call": _of("signing", lambda world: (world.decided_call.code,)),
    "question": _of("draft", lambda world: (world.question.pk,)),
    "message": _of("draft", lambda world: (world.message.pk,)),
    "invitation": _of("draft", lambda world: (world.invitation.token,)),
    "organisation": _of("submitted", lambda world: (world.pairs["submitted"].organisations[0].pk,)),
    "firm_period": _of("submitted", lambda world: (*_firm(world), world.firm.periods.get().pk)),
    "firm_member": _of("submitted", lambda world: (*_firm(world), world.firm.memberships.get().pk), role="admin"),
    "firm_invited": _of("submitted", lambda world: (*_firm(world), world.member_invitation.pk)),
    "firm_asked": _of("submitted", lambda world: (*_firm(world), world.join_request.pk), answer="refuse"),
    "member_invited": _of("submitted", lambda world: (world.member_invitation.token,)),
    "join_link": _of("submitted", lambda world: (join_token(world.firm.pk, world.people["newcomer"]),)),
    "others_request": _of("submitted", lambda world: (world.join_request.pk,)),
    "declared_aid": _of("submitted", lambda world: (world.aid.organisation_id, world.aid.pk)),
    "drafting_firm": _of("draft", lambda world: (world.pairs["draft"].organisations[0].pk,)),
    "sme_question": _of("submitted", lambda world: (world.pairs["submitted"].organisations[0].pk, "owners")),
    "sme_declaration": _of("submitted", lambda world: (world.pairs["submitted"].organisations[0].pk, 1)),
    "draft": _application("draft"),
    "submitted": _application("submitted"),
    "closed": _application("closed"),
    "closed_twice": _of("closed", lambda world: (world.pairs["closed"].application.pk,) * 2),
    "eligible": _application("eligible"),
    "awarded": _application("awarded"),
    "signing": _application("signing"),
    "reserve": _application("reserve"),
    "draft_section": _of("draft", lambda world: (world.pairs["draft"].application.pk, "project")),
    "sent_section": _of("submitted", lambda world: (world.pairs["submitted"].application.pk, "project")),
    "partner_costs": _of(
        "draft", lambda world: (world.pairs["draft"].application.pk, "costs", _partner(world, "draft").pk)
    ),
    "draft_question": _of("draft", lambda world: (world.pairs["draft"].application.pk, "project", "annexes")),
    "partner_question": _of(
        "draft", lambda world: (world.pairs["draft"].application.pk, "costs", _partner(world, "draft").pk, "annexes")
    ),
    "draft_attached": _of("draft", lambda world: (world.pairs["draft"].application.pk, world.attachments["draft"].pk)),
    "draft_comment": _of("draft", lambda world: (world.pairs["draft"].application.pk, world.comment.pk)),
    "draft_aside": _of("draft", lambda world: (world.pairs["draft"].application.pk, world.aside.pk)),
    "draft_file": _of("draft", lambda world: (world.attachments["draft"].pk,)),
    "sent_file": _of("submitted", lambda world: (world.attachments["submitted"].pk,)),
    "read_file": _of("eligible", lambda world: (world.attachments["eligible"].pk,)),
    "open_document": _of("draft", lambda world: (world.open_call.code, world.documents["public"].pk)),
    "draft_document": _of("draft", lambda world: (world.draft_call.code, world.documents["unpublished-call"].pk)),
    "closed_rule": _of("closed", lambda world: (world.pairs["closed"].application.pk, "duration")),
    "answer": _of("closed", lambda world: (world.pairs["closed"].application.pk, world.clarification.pk)),
    "answers_file": _of("closed", lambda world: (world.attachments["answer"].pk,)),
    "draft_partner": _of("draft", lambda world: (world.pairs["draft"].application.pk, _partner(world, "draft").pk)),
    "draft_invitation": _of("draft", lambda world: (world.pairs["draft"].application.pk, world.invitation.pk)),
    "submission": _of("submitted", lambda world: (world.pairs["submitted"].application.pk, 1)),
    "reading": _of("eligible", lambda world: (world.assignments["reading"].pk,)),
    "invited": _of("eligible", lambda world: (world.assignments["invited"].pk,)),
    "agreement": _of("signing", lambda world: (world.agreements["signing"].pk,)),
    "funders_part": _of("signing", lambda world: (world.agreements["signing"].pk,)),
    "leads_part": _leads_part,
    "voucher": _of("claiming", lambda world: (world.vouchers["claiming"][0].pk,)),
    "instalment": _of("claiming", lambda world: (world.vouchers["claiming"][0].pk, 1)),
    "claim": _of("claiming", lambda world: (world.claims["submitted"].pk,)),
    "prepared_batch": _of("paying", lambda world: (world.batches["prepared"].pk,)),
    "released_batch": _of("paying", lambda world: (world.batches["released"].pk,)),
}
