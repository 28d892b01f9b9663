# The whole product in one container: docs/self-hosting.md says how to run it.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# The same base as what runs: the database's driver is native.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/dist ./dist
RUN install --directory --owner=node --group=node --mode=700 /data

# OPERATOR_KEY, AUTH_SECRET and PUBLIC_URL come with the container, as does TRUSTED_PROXIES: the proxy in front is no longer
# on this machine.
ENV ENV=production HOST=0.0.0.0 PORT=8787 DATABASE_URL=file:/data/agentlinks.db
USER node
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and hears SIGTERM: it answers what is under way, for up to 10 seconds.
CMD ["node", "--enable-source-maps", "dist/node.js"]
