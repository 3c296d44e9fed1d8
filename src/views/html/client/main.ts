import { playCoalitions } from "./coalition.js";
import { explainOnHover } from "./hover.js";
import { playOnClick } from "./sound.js";
import { chooseTheme } from "./theme.js";

explainOnHover();
playOnClick();
playCoalitions();
chooseTheme();
