
"use strict";
(() => {
  // As in the pictures that the program draws.
  const leastNumberedSide = 16, leastOutlinedSide = 8, numberSize = 0.45, marginShade = 0.5;
  const greatestNumber = 20;
  const read = script => JSON.parse(script.textContent);
  const percent = value => `${(100 * value).toFixed(1)} %`;
  const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  function make(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text ?? "";
    return element;
  }

  /** The map over a photograph: painted on a canvas, read by pointer and keyboard. */
  class LabelMap {
    #opacity = 0.5;
    #alone = null;
    #cell = null;
    #isNear = false;

    constructor(article, picture) {
      this.picture = picture;
      this.map = picture.map;
      this.stage = article.querySelector(".stage");
      this.canvas = article.querySelector("canvas");
      this.cursor = article.querySelector(".cursor");
      this.tip = article.querySelector(".tip");
      this.readout = article.querySelector(".readout");
      this.legend = article.querySelector(".legend ul");
      this.readout.textContent = this.help = "Point at a cell to read its class; or focus the map and use the arrow keys, Enter for one class alone.";
      this.stage.tabIndex = 0;
      this.stage.setAttribute("role", "application");
      this.stage.setAttribute("aria-label", `Label map of ${picture.name}, ${count(this.map.rows, "row")} and ${count(this.map.columns, "column")}`);
      this.stage.addEventListener("pointermove", event => this.#point(event));
      this.stage.addEventListener("pointerdown", event => this.#point(event));
      this.stage.addEventListener("pointerleave", () => this.#leave());
      this.stage.addEventListener("blur", () => this.#leave());
      this.stage.addEventListener("focus", () => this.stage.matches(":focus-visible") && this.#select(this.#cell ?? 0));
      this.stage.addEventListener("keydown", event => this.#press(event));
      const slider = article.querySelector(".opacity input"), shown = article.querySelector(".opacity output");
      slider.addEventListener("input", () => {
        this.#opacity = slider.value / 100;
        shown.textContent = `${slider.value} %`;
        this.#paint();
      });
      this.map.classes.forEach(c => this.legend.append(this.#entry(c)));
      new ResizeObserver(() => this.#paint()).observe(this.stage);

      // Only maps on the screen or near it hold pixels, so that a page may have hundreds.
      new IntersectionObserver(entries => {
        this.#isNear = entries.at(-1).isIntersecting;
        this.#paint();
      }, { rootMargin: "50%" }).observe(this.stage);
    }

    #entry(mapClass) {
      const item = document.createElement("li"), button = make("button", "");
      const swatch = make("span", "swatch", mapClass.id);
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.title = `${count(mapClass.cells, "cell")}, mean confidence ${percent(mapClass.confidence)}`;
      swatch.style.setProperty("--colour", mapClass.colour);
      swatch.style.setProperty("--ink", mapClass.ink);
      button.append(swatch, make("span", "name", mapClass.name), make("span", "share", percent(mapClass.share)));
      button.addEventListener("click", () => this.#showAlone(this.#alone === mapClass.id ? null : mapClass.id));
      item.append(button);
      return item;
    }

    /** Shows the cells of one class, or of all if it is null. */
    #showAlone(id) {
      this.#alone = id;
      this.legend.querySelectorAll("button").forEach((button, index) => button.setAttribute("aria-pressed", String(index === id)));
      this.#paint();
    }

    #point(event) {
      const { offset, stride, rows, columns } = this.map, box = this.canvas.getBoundingClientRect();
      const column = Math.floor(((event.clientX - box.left) / box.width * this.picture.width - offset) / stride);
      const row = Math.floor(((event.clientY - box.top) / box.height * this.picture.height - offset) / stride);
      if (row >= 0 && row < rows && column >= 0 && column < columns) {
        this.#select(row * columns + column);
      } else {
        this.#leave("No window of the network lies around these pixels: they have no label.");
      }
    }

    #press(event) {
      const { rows, columns } = this.map, cell = this.#cell ?? 0;
      const row = Math.floor(cell / columns), column = cell % columns;
      const next = {
        ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
        Home: [row, 0], End: [row, columns - 1], PageUp: [0, column], PageDown: [rows - 1, column],
      }[event.key];
      if (event.ctrlKey || event.altKey || event.metaKey) {
        return;
      }

      if (next) {
        const clamp = (value, length) => Math.min(Math.max(value, 0), length - 1);
        this.#select(clamp(next[0], rows) * columns + clamp(next[1], columns));
      } else if (event.key === "Enter" || event.key === " ") {
        const id = this.map.ids[cell];
        this.#showAlone(this.#alone === id ? null : id);
      } else if (event.key === "Escape") {
        this.#showAlone(null);
      } else {
        return;
      }

      event.preventDefault();
    }

    #select(cell) {
      const { offset, stride, columns, ids, classes, confidence } = this.map, { width, height } = this.picture;
      const row = Math.floor(cell / columns), column = cell % columns, name = classes[ids[cell]].name;
      const left = (offset + column * stride) / width, top = (offset + row * stride) / height;
      this.#cell = cell;
      this.cursor.hidden = this.tip.hidden = false;
      this.cursor.style.left = `${100 * left}%`;
      this.cursor.style.top = `${100 * top}%`;
      this.cursor.style.width = `${100 * stride / width}%`;
      this.cursor.style.height = `${100 * stride / height}%`;
      const below = top < 0.15, atLeft = left < 0.2, atRight = left > 0.8;
      this.tip.classList.toggle("below", below);
      this.tip.classList.toggle("at-left", atLeft);
      this.tip.classList.toggle("at-right", atRight);
      this.tip.style.left = `${100 * (left + stride / width * (atLeft ? 0 : atRight ? 1 : 0.5))}%`;
      this.tip.style.top = `${100 * (top + (below ? stride / height : 0))}%`;
      this.tip.querySelector("b").textContent = name;
      this.tip.querySelector("span").textContent = percent(confidence[cell]);
      this.readout.textContent = `Row ${row + 1}, column ${column + 1}: ${name}, ${percent(confidence[cell])}`;
    }

    #leave(reason) {
      this.cursor.hidden = this.tip.hidden = true;
      this.readout.textContent = reason ?? this.help;
    }

    #paint() {
      const { map, picture, canvas } = this, ratio = window.devicePixelRatio || 1;
      canvas.width = this.#isNear ? Math.round(this.stage.clientWidth * ratio) : 0;
      canvas.height = this.#isNear ? Math.round(this.stage.clientHeight * ratio) : 0;
      const context = canvas.getContext("2d");
      const [horizontal, vertical] = [canvas.width / picture.width, canvas.height / picture.height];
      const x = column => Math.round((map.offset + column * map.stride) * horizontal);
      const y = row => Math.round((map.offset + row * map.stride) * vertical);
      const side = map.stride * horizontal / ratio;
      if (!this.#isNear || this.#opacity === 0) {
        return;
      }

      context.fillStyle = `rgb(0 0 0 / ${marginShade})`;
      context.beginPath();
      context.rect(0, 0, canvas.width, canvas.height);
      context.rect(x(0), y(0), x(map.columns) - x(0), y(map.rows) - y(0));
      context.fill("evenodd");

      const isShown = id => this.#alone === null || this.#alone === id;
      context.globalAlpha = this.#opacity;
      map.ids.forEach((id, cell) => {
        const row = Math.floor(cell / map.columns), column = cell % map.columns;
        if (isShown(id)) {
          context.fillStyle = map.classes[id].colour;
          context.fillRect(x(column), y(row), x(column + 1) - x(column), y(row + 1) - y(row));
        }
      });
      context.globalAlpha = 1;
      if (side >= leastOutlinedSide) {
        this.#outline(context, x, y, isShown, ratio);
      }

      if (side >= leastNumberedSide) {
        this.#number(context, x, y, isShown, Math.min(numberSize * side, greatestNumber) * ratio);
      }
    }

    /** Light lines between the classes. */
    #outline(context, x, y, isShown, ratio) {
      const { rows, columns, ids } = this.map;
      const differ = (one, other) => ids[one] !== ids[other] && (isShown(ids[one]) || isShown(ids[other]));
      context.beginPath();
      ids.forEach((id, cell) => {
        const row = Math.floor(cell / columns), column = cell % columns;
        if (column + 1 < columns && differ(cell, cell + 1)) {
          context.moveTo(x(column + 1), y(row));
          context.lineTo(x(column + 1), y(row + 1));
        }

        if (row + 1 < rows && differ(cell, cell + columns)) {
          context.moveTo(x(column), y(row + 1));
          context.lineTo(x(column + 1), y(row + 1));
        }
      });
      context.strokeStyle = "rgb(255 255 255 / 0.85)";
      context.lineWidth = 1.5 * ratio;
      context.lineCap = "round";
      context.stroke();
    }

    /** Each region's number, in its middle. */
    #number(context, x, y, isShown, size) {
      context.font = `600 ${size}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.lineWidth = 0.2 * size;
      context.strokeStyle = "#1a1a1a";
      context.fillStyle = "#fff";
      for (const { row, column, id } of this.map.regions.filter(region => isShown(region.id))) {
        const [left, top] = [(x(column) + x(column + 1)) / 2, (y(row) + y(row + 1)) / 2];
        context.strokeText(id, left, top);
        context.fillText(id, left, top);
      }
    }
  }

  function addPicture(picture, index) {
    const article = document.getElementById("picture").content.firstElementChild.cloneNode(true);
    const photo = article.querySelector(".photo"), stage = article.querySelector(".stage"), title = article.querySelector("h2");
    article.id = `picture-${index + 1}`;
    title.id = `${article.id}-name`;
    title.textContent = picture.name;
    article.setAttribute("aria-labelledby", title.id);
    article.querySelector(".facts").textContent = `${picture.file} · ${picture.width} × ${picture.height} pixels`;
    photo.src = picture.photo;
    photo.alt = `The photograph ${picture.name}`;
    stage.style.aspectRatio = `${picture.width} / ${picture.height}`;
    stage.style.width = `min(100%, ${Math.max(picture.width, 560)}px, calc(80vh * ${picture.width / picture.height}))`;
    const input = article.querySelector(".input img");
    input.src = picture.input;
    input.alt = `${picture.name} as the network saw it: resized, and cut to its central square`;
    article.querySelector(".classes ol").append(...picture.predictions.map(prediction => {
      const item = document.createElement("li"), bar = make("span", "bar");
      bar.style.setProperty("--probability", prediction.probability);
      item.append(make("span", "name", prediction.name), make("span", "probability", percent(prediction.probability)), bar);
      return item;
    }));
    const note = article.querySelector(".note");
    note.textContent = picture.note ?? "";
    note.hidden = !picture.note;
    document.getElementById("pictures").append(article);
    if (picture.map) {
      new LabelMap(article, picture);
    } else {
      stage.classList.add("unlabelled");
      article.querySelectorAll("canvas, .opacity, .readout, .legend").forEach(element => element.remove());
    }
  }

  function addLink(picture, index) {
    const item = document.createElement("li"), link = document.createElement("a"), image = document.createElement("img");
    link.href = `#picture-${index + 1}`;
    image.src = picture.input;
    image.alt = "";
    link.append(image, make("span", "name", picture.name), make("span", "best", picture.predictions[0].name));
    item.append(link);
    document.querySelector("#contents ol").append(item);
  }

  function followTheme() {
    const button = document.getElementById("theme"), system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      document.documentElement.dataset.theme = isDark() ? "light" : "dark";
      show();
    });
    system.addEventListener("change", show);
    show();
  }

  const run = read(document.getElementById("run"));
  const pictures = [...document.querySelectorAll("script.picture")].map(read);
  document.getElementById("facts").textContent =
    `${count(pictures.length, "picture")} · ${run.network} on ${run.device} · ${run.classes.toLocaleString("en")} classes · ${run.generator}`;
  pictures.forEach(addPicture);
  document.getElementById("contents").hidden = pictures.length < 2;
  pictures.forEach(addLink);
  document.getElementById("failures").hidden = run.failures.length === 0;
  document.querySelector("#failures ul").append(...run.failures.map(sentence => make("li", "", sentence)));
  followTheme();
})();
