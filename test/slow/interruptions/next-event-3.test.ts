/** Share 3 of 4 of the interruptions with a next event; see `selection.ts`. */
import { interruptShare } from './selection';

interruptShare(2);
