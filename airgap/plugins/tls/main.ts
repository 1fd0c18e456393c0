import { serve } from "../server/serve.ts";
import { provider } from "./provider.ts";

await serve(provider);
