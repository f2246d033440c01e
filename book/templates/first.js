try{const t=localStorage.getItem("overlap:theme");if(t)document.documentElement.dataset.theme=t}catch{}
