# The portal's image: one for web, worker, beat and commands. See README, Deployment.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 portal

WORKDIR /srv/portal
COPY requirements.txt .
RUN pip install --require-hashes --no-deps -r requirements.txt

COPY . .
# Static files are part of the image. The values only satisfy the refusal to start half-configured; none is kept.
RUN python -m compileall -q . \
    && python -m documents.certificates /tmp/seal.pem build.invalid \
    && PORTAL_ENV=production PORTAL_VAR_DIR=/srv/var SECRET_KEY=only-while-the-image-is-built-only-while-the-image-is-built \
       ALLOWED_HOSTS=build.invalid PORTAL_URL=https://build.invalid EMAIL_URL=smtp://build.invalid:25 \
       DATABASE_URL=postgres://build.invalid/portal REDIS_URL=redis://build.invalid/0 SEAL_CERTIFICATE=/tmp/seal.pem \
       python manage.py collectstatic --noinput --verbosity 0 \
    && rm /tmp/seal.pem \
    && mkdir -p /srv/var/documents && chown -R portal /srv/var

ENV PORTAL_ENV=production PORTAL_VAR_DIR=/srv/var
USER portal
VOLUME /srv/var/documents
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "scripts/answers.py", "http://127.0.0.1:8000/healthz/ready"]
CMD ["gunicorn", "eurocluster_portal.wsgi", "--bind", "0.0.0.0:8000", "--preload", "--no-control-socket", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm"]
