/**
 * In place of the reader of protocol files. dockerode loads it, with a whole implementation of protocol buffers, and uses it for nothing but
 * the session of a build by BuildKit that logs in to a registry; this project builds with the Docker CLI: docs/decisions/0027.
 */
exports.loadSync = () => {
  throw new Error(
    "@grpc/proto-loader is left out of this project (overrides/grpc-proto-loader), so dockerode cannot build with a BuildKit session: docs/decisions/0027 says how to have it back",
  );
};
