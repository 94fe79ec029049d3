import { KioskClient, Refused } from "./kiosk.js";
import { record } from "./recorder.js";

const SECONDS = 7;
const $ = (id) => document.getElementById(id);

function show(outcome, text) {
  $("result").dataset.outcome = outcome;
  $("result").textContent = text;
}

async function verify() {
  const client = new KioskClient($("address").value, $("key").value);
  show("speaking", "Speak now …");
  $("sentence").hidden = $("level").hidden = false;
  let recording;
  try {
    recording = await record(SECONDS, (level) => { $("level").value = level; });
  } catch (error) {
    const refused = error.name === "NotAllowedError";
    return show("error", refused ? "Please permit the microphone." : error.message);
  } finally {
    $("sentence").hidden = $("level").hidden = true;
  }
  show("waiting", "One moment …");
  try {
    const { result, score } = await client.verify($("id").value, recording);
    const verified = result === "True";
    show(verified ? "verified" : "not-verified",
      `${verified ? "Verified" : "Not verified"} (score ${score.toFixed(2)})`);
  } catch (error) {
    const unclear = error instanceof Refused && error.status === 400;
    show(unclear ? "inconclusive" : "error", error.message);
  }
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("speak").disabled = true;
  try {
    await verify();
  } finally {
    $("speak").disabled = false;
  }
});
