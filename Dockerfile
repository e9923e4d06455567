# mongoferry as a container: `mongoferry serve` unless another command is given. See docs/serve.md.
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# What bundles the program is needed here; a MongoDB server, for which the tests would look, is not.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY schemas schemas
COPY scripts/build.mjs scripts/optional-packages.mjs scripts/
COPY src src
RUN npm run build

FROM node:22-bookworm-slim
# git and ssh reach the repository; tini ends the processes that git leaves behind.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/mongoferry
COPY --from=build /build/dist dist
COPY package.json LICENSE CHANGELOG.md ./
COPY schemas schemas
COPY templates templates
RUN ln -s /opt/mongoferry/dist/bin.js /usr/local/bin/mongoferry \
  && install --directory --owner=node --group=node --mode=0700 /var/lib/mongoferry
# Probes come from outside of the container.
ENV NODE_ENV=production \
  MONGOFERRY_ADDRESS=0.0.0.0 \
  MONGOFERRY_PORT=8080 \
  MONGOFERRY_PATH=/var/lib/mongoferry/clone
# By number, so that `runAsNonRoot` can see that it is not root.
USER 1000:1000
WORKDIR /var/lib/mongoferry
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MONGOFERRY_PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "mongoferry"]
CMD ["serve"]
