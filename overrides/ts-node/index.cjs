/**
 * In place of ts-node. The SDK's runner of policy packs registers it whatever the pack's options say, and with it loads the TypeScript
 * compiler. Node strips the types of what is here itself, so there is nothing to register: docs/decisions/0027.
 */
exports.register = () => undefined;
