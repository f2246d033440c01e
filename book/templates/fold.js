for (const part of document.querySelectorAll("details.fold, details.ovt-list")) part.open = false
