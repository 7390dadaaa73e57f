/* In the CMS admin: a button to copy an address, where copying works. */

import { offerCopies } from "./copy.js";

if (navigator.clipboard) offerCopies(document);
