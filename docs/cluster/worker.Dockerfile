# docker build -f worker.Dockerfile -t vitest-perf-worker .
# docker run -e VITEST_PERF_SECRET vitest-perf-worker --master load-master:5557
FROM node:22-slim
WORKDIR /worker
# The worker itself needs no Vitest; zeromq ships its binary, so no install script runs.
RUN npm init --yes > /dev/null \
 && npm install --ignore-scripts --legacy-peer-deps --no-audit --no-fund vitest-perf zeromq msgpackr \
 && npm cache clean --force
USER node
# Node itself, so that a stop of the container reaches the worker.
ENTRYPOINT ["node", "node_modules/vitest-perf/dist/cli.js", "worker"]
