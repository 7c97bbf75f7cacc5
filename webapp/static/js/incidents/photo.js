// A photo as it is sent: upright, at most 1600 pixels long, about a sixth of its weight. Null when it is no photo.

const LONGEST_PX = 1600;
const QUALITY = 0.75;

export async function shrink(file) {
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const paper = canvas.getContext("2d");
  paper.fillStyle = "#ffffff";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

// A row of small pictures with a button to take each away again.
export class PhotoRow {
  constructor(list, { most = 9, removeTitle, photoTitle = (n) => String(n), onChange = () => {} }) {
    Object.assign(this, { list, most, removeTitle, photoTitle, onChange, blobs: [] });
  }

  // The number of files that are no photos, and whether there were too many.
  async add(files) {
    let unreadable = 0;
    let isFull = false;
    for (const file of files) {
      if (this.blobs.length >= this.most) {
        isFull = true;
        break;
      }
      const blob = await shrink(file);
      if (blob) this.#show(blob);
      else unreadable += 1;
    }
    this.onChange(this.blobs);
    return { unreadable, isFull };
  }

  clear() {
    this.blobs = [];
    this.list.replaceChildren();
    this.onChange(this.blobs);
  }

  #show(blob) {
    this.blobs.push(blob);
    const address = URL.createObjectURL(blob);
    const image = Object.assign(document.createElement("img"), { src: address, alt: this.photoTitle(this.blobs.length) });
    image.addEventListener("load", () => URL.revokeObjectURL(address));
    const away = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-light photo-away", title: this.removeTitle });
    away.setAttribute("aria-label", this.removeTitle);
    away.append(Object.assign(document.createElement("i"), { className: "bi bi-x-lg" }));
    const item = document.createElement("li");
    item.append(image, away);
    away.addEventListener("click", () => {
      this.blobs = this.blobs.filter((one) => one !== blob);
      item.remove();
      this.onChange(this.blobs);
    });
    this.list.append(item);
  }
}
