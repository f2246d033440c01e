/**
 * Entry of every page: what it does besides running cells. The page is complete without it.
 *
 * Modules of `page/` import from `page/`, from `shared/` and `offline/registration`; nothing imports an
 * entry. Those of `page/site/` import nothing else of the page: this script is one small request.
 */
import { followSections } from "./site/contents";
import { offerCopies } from "./site/copying";
import { startPopovers } from "./site/popovers";
import { foldAnswers } from "./site/predictions";
import { ageMessages, noteMissingRunner } from "./site/runner-watch";
import { startOffline } from "./site/saved-guide";
import { offerSearch } from "./site/search";
import { keepTabStops } from "./site/tab-stops";
import { defineTerms } from "./site/terms";
import { offerThemes } from "./site/theme";

offerThemes();
offerSearch();
startPopovers();
followSections();
noteMissingRunner();
ageMessages();
foldAnswers();
defineTerms();
offerCopies();
keepTabStops();
startOffline();
