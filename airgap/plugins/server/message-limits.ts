/** gRPC's limits for one message, both ways: those that the engine and the SDK set. Unit: bytes. */
const MOST = 400 * 1024 * 1024;

/** Options of every gRPC server here. */
export const messageLimits = { "grpc.max_receive_message_length": MOST, "grpc.max_send_message_length": MOST } as const;
