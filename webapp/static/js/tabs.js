// On a narrow screen the row of tabs scrolls; the one that is open is brought into sight.
document.querySelector(".nav-tabs .active")?.scrollIntoView({ inline: "center", block: "nearest" });
