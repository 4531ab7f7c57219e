/** Closes the Chromium of the run: Jest calls this after the last test file. */
import { closeChromium } from './chromium-server';

export default closeChromium;
