"""Reviews that are there already give applications their mean score."""

from django.db import migrations

FILL = """
    UPDATE applications_application AS application SET mean_score = given.mean
    FROM (
        SELECT assignment.application_id, assignment.stage, ROUND(AVG(review.total), 2) AS mean
        FROM evaluation_assignment AS assignment JOIN evaluation_review AS review ON review.assignment_id = assignment.id
        WHERE assignment.status = 'reviewed'
        GROUP BY assignment.application_id, assignment.stage
    ) AS given
    WHERE given.application_id = application.id AND given.stage = application.stage
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0003_applications_go_on"), ("applications", "0011_mean_score_and_titles")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
