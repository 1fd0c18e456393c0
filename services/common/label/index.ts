export { CLASSIFICATIONS, LabelError, parseSecurityLabel, type Classification, type SecurityLabel } from "./security-label.ts";
