# One image for web nodes and workers; compose.yaml says which is which.
FROM python:3.13-slim

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt
COPY wsgi.py gunicorn.conf.py ./
COPY webapp webapp
COPY templates templates
COPY static static
RUN useradd --uid 1000 --create-home step8 && install -d -o step8 -g step8 -m 0700 /data && install -d -o step8 /projects
USER step8
ENV PYTHONUNBUFFERED=1 PROJECTS_ROOT=/projects DATA_DIR=/data
EXPOSE 8000
CMD ["python", "-m", "webapp", "serve"]
