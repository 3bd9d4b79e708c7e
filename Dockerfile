# `make bench` in a box: docker compose run --rm bench
FROM python:3.13-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /deploybench
# What must be installed changes less often than what is measured with it.
COPY Makefile pyproject.toml requirements.txt requirements-dev.txt README.md LICENSE ./
COPY bench/__init__.py bench/
RUN make .venv/.ready
COPY . .
# Copied files may look newer than what was installed from the very same ones.
RUN touch .venv/.ready
ENTRYPOINT ["make"]
CMD ["bench"]
