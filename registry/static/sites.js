/* The map of sites: outlines of our own server, clusters, everything reachable by key. */
(async () => {
  const box = document.getElementById("atlas");
  if (!box || !window.L) return;
  const say = box.dataset, { spots, address } = JSON.parse(say.spots);
  box.replaceChildren();
  box.classList.add("drawn");
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", say.label);
  const map = L.map(box, { zoomControl: false, minZoom: 2, maxZoom: 10, attributionControl: false, maxBounds: [[30, -180], [85, -20]], zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  L.control.zoom({ zoomInTitle: say.in, zoomOutTitle: say.out }).addTo(map);
  map.fitBounds([[42, -138], [70, -54]]);
  const firms = (n) => (n === 1 ? say.one : say.many.replace("{n}", n));
  const badge = (n) => L.divIcon({ className: "", html: `<span class="badge${n > 99 ? " large" : n > 9 ? " medium" : ""}">${n}</span>`, iconSize: [36, 36] });
  const name = (layer, text) => { const icon = layer.getElement?.() ?? layer._icon; if (icon) { icon.setAttribute("aria-label", text); icon.setAttribute("title", text); icon.setAttribute("role", "button"); icon.tabIndex = 0; } };
  const group = L.markerClusterGroup({
    showCoverageOnHover: false, maxClusterRadius: 44, spiderfyOnMaxZoom: true,
    iconCreateFunction: (cluster) => badge(cluster.getAllChildMarkers().reduce((sum, one) => sum + one.options.count, 0)),
  });
  const markers = spots.map((spot) => {
    const marker = L.marker(spot.at, { icon: badge(spot.firms.length), count: spot.firms.length, title: `${spot.name}: ${firms(spot.firms.length)}`, alt: spot.name, keyboard: true });
    marker.bindPopup(() => {
      const popup = document.createElement("div"), title = document.createElement("b"), list = document.createElement("ul");
      title.textContent = spot.name;
      list.className = "bare";
      for (const [id, called] of spot.firms.slice(0, 8)) {
        const item = document.createElement("li"), link = document.createElement("a");
        link.href = address.replace(/0$/, id);
        link.textContent = called;
        item.append(link);
        list.append(item);
      }
      popup.append(title, list);
      if (spot.firms.length > 8) popup.append(say.others.replace("{n}", spot.firms.length - 8));
      return popup;
    });
    group.addLayer(marker);
    return marker;
  });
  map.addLayer(group);
  const label = () => group.eachVisible?.() ?? group._featureGroup.eachLayer((layer) => {
    const n = layer.getAllChildMarkers ? layer.getAllChildMarkers().reduce((sum, one) => sum + one.options.count, 0) : layer.options.count;
    name(layer, layer.getAllChildMarkers ? firms(n) : layer.options.title);
    const icon = layer._icon;
    if (icon && layer.getAllChildMarkers && !icon.dataset.keyed) {
      icon.dataset.keyed = "1";
      icon.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); layer.zoomToBounds(); } });
    }
  });
  map.on("zoomend moveend layeradd", label);
  map.on("popupopen", (event) => { const close = event.popup.getElement().querySelector(".leaflet-popup-close-button"); if (close) close.setAttribute("aria-label", say.close); });
  if (spots.length) map.fitBounds(L.latLngBounds(spots.map((spot) => spot.at)).pad(0.15), { maxZoom: 7 });
  label();
  for (const button of document.querySelectorAll(".show[data-spot]")) {
    button.hidden = false;
    button.addEventListener("click", () => { const marker = markers[button.dataset.spot]; group.zoomToShowLayer(marker, () => { marker.openPopup(); box.scrollIntoView({ block: "nearest" }); }); });
  }
  const outline = await fetch(say.outline);
  if (outline.ok) L.geoJSON(await outline.json(), { interactive: false, style: { className: "province" } }).addTo(map).bringToBack();
})();
