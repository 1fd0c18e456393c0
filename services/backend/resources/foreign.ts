import { DiveError } from "@dive/common";
import type { ForeignDocuments } from "./documents.ts";
import { originOf } from "./resource.ts";

/** Resources of partners are not fetched from here: 404, saying where they are. */
export function createForeignDocuments(): ForeignDocuments {
  return {
    async find(resourceId) {
      const message = `${resourceId} is kept by ${originOf(resourceId)}; ask the backend of that instance.`;
      throw new DiveError(message, { code: "DIVE_ERR_RESOURCE_FOREIGN", statusCode: 404 });
    },
  };
}
