// Runs in the browser's audio thread: passes on what the microphone delivers, 128 samples a time.
class Microphone extends AudioWorkletProcessor {
  process([input]) {
    if (input.length > 0) {
      this.port.postMessage(input[0].slice());
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
