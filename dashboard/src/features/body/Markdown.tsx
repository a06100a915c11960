import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { Code } from "../../design/parts";

/**
 * A model's text. What is HTML in it stays text. An image of somebody else's server is named and not loaded: to load it
 * would tell that server who reads.
 */
export default function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        components={{
          a: ({ href, children }) => <a href={href} target="_blank" rel="noreferrer noopener">{children}</a>,
          img: ({ src, alt }) => <span className="quiet">[image {alt} {typeof src === "string" ? src.slice(0, 200) : ""}]</span>,
          // The page's own headings are above these.
          h1: ({ children }) => <h4>{children}</h4>,
          h2: ({ children }) => <h4>{children}</h4>,
          h3: ({ children }) => <h4>{children}</h4>,
          pre: ({ children }) => <Code>{children}</Code>,
          input: ({ checked }) => <span>{checked ? "☑" : "☐"}</span>,
        }}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}
