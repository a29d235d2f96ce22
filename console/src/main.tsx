import { render } from "preact";
import { App } from "./app.tsx";
import { showTheme } from "./pages/settings.tsx";
import "./style.css";
import { chooseLanguage, setLanguage } from "./words/words.ts";

setLanguage(chooseLanguage(localStorage.getItem("language"), navigator.languages));
showTheme();
const app = document.getElementById("app");
if (app) render(<App />, app);
