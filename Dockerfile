# The long-term support line by default; the floor is in package.json.
ARG NODE_VERSION=24

# Builds dist/ with the development tools.
FROM node:${NODE_VERSION}-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package's install script runs: nothing here needs one, and nobody can put one in.
RUN npm ci --ignore-scripts
COPY build.mjs tsconfig.json tsconfig.types.json ./
COPY src ./src
COPY pipelines ./pipelines
RUN npm run build

# The packages that run, and nothing else.
FROM node:${NODE_VERSION}-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Scripts stay off: `prepare` would build, and the tools for it are not here.
RUN npm ci --omit=dev --ignore-scripts

FROM node:${NODE_VERSION}-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY config ./config
COPY recordings ./recordings
# The only folder that is ever written. Everything else belongs to root and may be mounted read-only.
RUN mkdir data && chown 65532:65532 data
VOLUME /app/data
USER 65532:65532
STOPSIGNAL SIGTERM
# Asks as a supervisor would. Set HEALTH_PORT beside `health.port` when the port is not the usual one.
HEALTHCHECK --interval=60s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.HEALTH_PORT || 8787) + '/healthz', { signal: AbortSignal.timeout(4000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/main.js"]
