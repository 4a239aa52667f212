# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc rolldown.config.js ./
COPY bin bin
COPY schemas schemas
COPY protocol protocol
COPY node node
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/bin bin
COPY --from=build /app/dist dist
COPY deploy/make-certificates.sh deploy/start-node.sh /app/deploy/
RUN ln -s /app/bin/tanemaki.js /usr/local/bin/tanemaki \
 && install -d -o node -g node -m 0700 /data && install -d -o node -g node -m 0755 /certificates
USER node
ENV TANEMAKI_DATA=/data NODE_EXTRA_CA_CERTS=/certificates/ca.pem
VOLUME ["/data", "/certificates"]
EXPOSE 7600 7700
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7700/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/deploy/start-node.sh"]
