// Pictures that come in by opening, pasting, dropping, or from a camera.
import { element } from "./dom.js";

const CAMERA = {
  NotAllowedError: "The browser did not allow the camera: allow it beside the address, or open a picture instead.",
  NotFoundError: "No camera was found: open a picture instead.",
  OverconstrainedError: "No camera was found: open a picture instead.",
  NotReadableError: "Another program uses the camera: close that one, or open a picture instead.",
};
const NO_CAMERA =
  "A browser lends its camera only to pages of this very machine, or over HTTPS: choose “Open a picture” instead, which on a phone offers its camera.";

/**
 * Let pictures come in.
 * @param given called with each, a Blob
 * @param trouble called with a sentence where there is none, and with "" once there is
 */
export function letPicturesIn(given, trouble) {
  const take = (file) => {
    trouble("");
    given(file);
  };
  element("file").addEventListener("change", ({ target }) => {
    if (target.files[0]) take(target.files[0]);
    target.value = ""; // so that the same file can be opened again
  });
  addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (file) take(file);
    else if (!event.target.closest?.("input, textarea")) trouble("What was pasted is no picture: copy an image, and paste again.");
  });
  const frame = element("frame");
  addEventListener("dragover", (event) => {
    event.preventDefault();
    frame.classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget || frame.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    frame.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
    else trouble("What was dropped is no file: drop an image file.");
  });
  letCameraIn(take, trouble);
}

function letCameraIn(take, trouble) {
  const [panel, video, open] = ["camera", "video", "camera-open"].map(element);
  let stream = null;

  function close() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
    panel.hidden = true;
    open.setAttribute("aria-expanded", "false");
  }

  open.addEventListener("click", async () => {
    if (stream) return close();
    trouble("");
    if (!navigator.mediaDevices?.getUserMedia) return trouble(NO_CAMERA);
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      return trouble(CAMERA[error.name] ?? `The camera cannot be used (${error.message}): open a picture instead.`);
    }
    video.srcObject = stream;
    panel.hidden = false;
    open.setAttribute("aria-expanded", "true");
    await video.play().catch(() => {});
    element("camera-take").focus();
  });
  element("camera-take").addEventListener("click", () => {
    if (!video.videoWidth) return trouble("The camera shows nothing yet: wait a moment.");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((file) => {
      close();
      open.focus();
      take(file);
    }, "image/png");
  });
  element("camera-close").addEventListener("click", () => {
    close();
    open.focus();
  });
  addEventListener("pagehide", close);
}
