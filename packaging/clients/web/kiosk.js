// Speaks to the service. This page's origin must be named there in api.cors_origins.

const CHUNK = 30000;

/** The service said no; `status` is its HTTP status, `message` its reason in words. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class KioskClient {
  /**
   * @param {string} address such as http://127.0.0.1:3000
   * @param {string} key an API key, or an empty text
   */
  constructor(address, key) {
    this.address = address.replace(/\/+$/, "");
    this.headers = { "Content-Type": "application/json" };
    if (key) {
      this.headers.Authorization = `Bearer ${key}`;
    }
  }

  /**
   * Ask whether a recording is of a person.
   *
   * @param {string} id
   * @param {Uint8Array} recording a WAV file
   * @returns {Promise<{result: "True" | "False", score: number}>}
   */
  async verify(id, recording) {
    const { uuid } = await this.send("/start_stream", {});
    for (let start = 0; start < recording.length; start += CHUNK) {
      const data = base64(recording.subarray(start, start + CHUNK));
      await this.send(`/upload_stream_data/${uuid}`, { data });
    }
    return this.send("/vv/verify", { uuid, external_id: id });
  }

  async send(path, body) {
    let response;
    try {
      response = await fetch(this.address + path, {
        method: "POST",
        headers: this.headers,
        body: JSON.stringify(body),
        credentials: "omit",
      });
    } catch {
      throw new Error("The service does not answer, or does not let this page in.");
    }
    const text = await response.text();
    const answer = text ? JSON.parse(text) : {};
    if (!response.ok) {
      throw new Refused(response.status, answer.message ?? "The service gave no reason.");
    }
    return answer;
  }
}

function base64(bytes) {
  let letters = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    letters += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(letters);
}
