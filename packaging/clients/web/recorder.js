// Records from the microphone into a WAV file.

/**
 * Record for so many seconds.
 *
 * The browser's echo cancellation, noise suppression and gain control are switched off: they alter
 * a voice. The microphone is released at the end, whatever happens.
 *
 * @param {number} seconds
 * @param {(level: number) => void} onLevel told the peak of the last moments, 0 to 1
 * @returns {Promise<Uint8Array>} a WAV file, 16 bit mono, at the rate of the browser
 */
export async function record(seconds, onLevel) {
  const microphone = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const context = new AudioContext();
  try {
    await context.audioWorklet.addModule("microphone.js");
    const node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
    const wanted = Math.round(seconds * context.sampleRate);
    const samples = new Float32Array(wanted);
    let filled = 0;
    await new Promise((resolve, reject) => {
      node.onprocessorerror = () => reject(new Error("The recording stopped."));
      microphone.getAudioTracks()[0].onended = () => reject(new Error("The microphone is gone."));
      node.port.onmessage = ({ data }) => {
        const part = data.subarray(0, wanted - filled);
        samples.set(part, filled);
        filled += part.length;
        onLevel(part.reduce((peak, each) => Math.max(peak, Math.abs(each)), 0));
        if (filled === wanted) {
          resolve();
        }
      };
      context.createMediaStreamSource(microphone).connect(node);
      context.resume();
    });
    return wav(samples, context.sampleRate);
  } finally {
    microphone.getTracks().forEach((track) => track.stop());
    await context.close();
  }
}

/** Return samples between -1 and 1 as a WAV file of 16 bit, mono. */
function wav(samples, rate) {
  const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, letters) => [...letters].forEach((c, i) => file.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  file.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true); // PCM
  file.setUint16(22, 1, true); // mono
  file.setUint32(24, rate, true);
  file.setUint32(28, 2 * rate, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  text(36, "data");
  file.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    const clipped = Math.max(-1, Math.min(1, sample));
    file.setInt16(44 + 2 * i, Math.round(clipped * 32767), true);
  });
  return new Uint8Array(file.buffer);
}
