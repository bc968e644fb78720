/* Holds the one stream of hints of this browser and passes them on to its tabs. */
import { HintStream } from "./hint-stream.js";

const tabs = new Set();
const stream = new HintStream((hint) => { for (const tab of tabs) tab.postMessage(hint); });

addEventListener("connect", ({ ports: [tab] }) => {
  tabs.add(tab);
  tab.onmessage = () => { // it says goodbye
    tabs.delete(tab);
    if (!tabs.size) stream.close();
  };
  stream.open();
  if (stream.listening) tab.postMessage({ kind: "listening", projects: [] }); // what was told while the page was on its way
});
