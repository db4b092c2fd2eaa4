// What starts where people sign in: whoever was here before is gone from this browser.

import { forgetAll } from "./terminal/forget.js";

void forgetAll().finally(() => (document.documentElement.dataset.left = "yes"));
